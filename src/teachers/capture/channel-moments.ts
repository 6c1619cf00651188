/** Moments of one column of a tensor over its finite numbers. */
export interface ChannelMoments {
  readonly mean: number;
  readonly std: number;
  readonly min: number;
  readonly max: number;
}

/** A number that is not finite, and where it stands. */
export interface NotFinite {
  readonly file: string;
  /** Row within its file. */
  readonly row: number;
  readonly column: number;
  readonly value: number;
}

/** Moments of every column, piece by piece. Sums are of differences to the column's first number, in float64. */
export class ColumnMoments {
  private readonly first: Float64Array;
  private readonly sums: Float64Array;
  private readonly squares: Float64Array;
  private readonly counts: Float64Array;
  private readonly least: Float64Array;
  private readonly most: Float64Array;
  /** Numbers that are not finite, and the first of them. */
  notFinite = 0;
  firstNotFinite: NotFinite | undefined;

  constructor(readonly columns: number) {
    this.first = new Float64Array(columns);
    this.sums = new Float64Array(columns);
    this.squares = new Float64Array(columns);
    this.counts = new Float64Array(columns);
    this.least = new Float64Array(columns).fill(Number.POSITIVE_INFINITY);
    this.most = new Float64Array(columns).fill(Number.NEGATIVE_INFINITY);
  }

  /** Adds rows [n, columns] that stand at row `from` of a file. */
  add(data: ArrayLike<number>, file: string, from: number): void {
    for (let i = 0; i < data.length; i++) {
      const value = data[i] ?? 0;
      const column = i % this.columns;
      if (Number.isFinite(value)) this.addNumber(column, value);
      else {
        this.notFinite++;
        this.firstNotFinite ??= { file, row: from + Math.floor(i / this.columns), column, value };
      }
    }
  }

  private addNumber(column: number, value: number): void {
    if (this.counts[column] === 0) this.first[column] = value;
    const difference = value - (this.first[column] ?? 0);
    this.counts[column] = (this.counts[column] ?? 0) + 1;
    this.sums[column] = (this.sums[column] ?? 0) + difference;
    this.squares[column] = (this.squares[column] ?? 0) + difference * difference;
    if (value < (this.least[column] ?? 0)) this.least[column] = value;
    if (value > (this.most[column] ?? 0)) this.most[column] = value;
  }

  /** The moments of each column; of one without a finite number they are NaN. */
  channels(): ChannelMoments[] {
    return Array.from({ length: this.columns }, (_, column) => {
      const count = this.counts[column] ?? 0;
      const shift = (this.sums[column] ?? 0) / count;
      const variance = (this.squares[column] ?? 0) / count - shift * shift;
      return {
        mean: (this.first[column] ?? 0) + shift,
        std: Math.sqrt(Math.max(0, variance)),
        min: count > 0 ? (this.least[column] ?? 0) : Number.NaN,
        max: count > 0 ? (this.most[column] ?? 0) : Number.NaN,
      };
    });
  }
}
