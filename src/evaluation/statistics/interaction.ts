/**
 * The quadratic part of a statistic from a table of what pairs of units contribute to it. Each unit's own effect is
 * taken off by U-centring, which leaves the mean square of the rest unbiased (Székely and Rizzo, "Partial distance
 * correlation with methods for dissimilarities", 2014); between two sets by subtracting the means of rows and columns.
 */

/** What U-centring leaves of a symmetric table [n, n] whose diagonal does not count, upper triangle by rows. */
export function withinInteractions(table: Float64Array, n: number): Float64Array {
  const out = new Float64Array((n * (n - 1)) / 2);
  if (n < 4) return out;
  const rows = Float64Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < n; j++) if (j !== i) sum += table[i * n + j] as number;
    return sum;
  });
  const all = rows.reduce((sum, value) => sum + value, 0) / ((n - 1) * (n - 2));
  const scale = Math.sqrt((n - 1) / (n - 3));
  let place = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const own = ((rows[i] as number) + (rows[j] as number)) / (n - 2);
      out[place++] = scale * ((table[i * n + j] as number) - own + all);
    }
  }
  return out;
}

/** What the means of rows and columns leave of a table [n, m]. */
export function acrossInteractions(table: Float64Array, n: number, m: number): Float64Array {
  const rows = new Float64Array(n);
  const columns = new Float64Array(m);
  let all = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      const value = table[i * m + j] as number;
      rows[i] = (rows[i] as number) + value / m;
      columns[j] = (columns[j] as number) + value / n;
      all += value / (n * m);
    }
  }
  const scale = Math.sqrt((n * m) / Math.max(1, (n - 1) * (m - 1)));
  return table.map(
    (value, cell) => scale * (value - (rows[Math.floor(cell / m)] as number) - (columns[cell % m] as number) + all),
  );
}
