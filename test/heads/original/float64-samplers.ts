/** VibeVoice's sampler from its definition, in float64, for one row. */
type Row = readonly number[];

/** A guided network: the row's prediction at a time. */
type Prediction = (x: Row, t: number) => Row;

const combined = (a: number, x: Row, b: number, y: Row): number[] =>
  x.map((value, i) => a * value + b * (y[i] ?? Number.NaN));

/**
 * DPM-Solver++(2M) of v-predictions over the squared-cosine process: data = α·x − σ·v,
 * x' = (σ'/σ)·x − α'·(e^{−h} − 1)·(D0 + D1/2) with D1 = (h/h_before)·(D0 − D0_before), the first and last steps without D1.
 */
export function dpmppByDefinition(v: Prediction, start: Row, steps: number): number[] {
  const bar = (t: number): number => Math.cos((((t + 0.008) / 1.008) * Math.PI) / 2) ** 2;
  const alphaBar = (index: number): number => {
    let product = 1;
    for (let i = 0; i <= index; i++) product *= Math.max(bar((i + 1) / 1000) / bar(i / 1000), 0.001);
    return product;
  };
  const lambda = (a: number): number => Math.log(Math.sqrt(a) / Math.sqrt(1 - a));
  const nearest = (value: number): number => (value % 1 === 0.5 ? 2 * Math.round(value / 2) : Math.round(value));
  const at = Array.from({ length: steps }, (_, i) => nearest((999 * (steps - i)) / steps));
  let x = [...start];
  let before: { data: Row; lambda: number } | undefined;
  for (const [i, t] of at.entries()) {
    const a = alphaBar(t);
    const data = combined(Math.sqrt(a), x, -Math.sqrt(1 - a), v(x, t));
    const next = at[i + 1];
    if (next === undefined) return data;
    const b = alphaBar(next);
    const h = lambda(b) - lambda(a);
    const slope = before ? h / (lambda(a) - before.lambda) / 2 : 0;
    const corrected = combined(1 + slope, data, -slope, before?.data ?? data);
    x = combined(Math.sqrt(1 - b) / Math.sqrt(1 - a), x, -Math.sqrt(b) * (Math.exp(-h) - 1), corrected);
    before = { data, lambda: lambda(a) };
  }
  return x;
}
