/** Multistep and multistage solvers of dx/dt = v(x, t) for one number, in float64, written from the papers' own forms. */

type Slope = (x: number, t: number) => number;

/** Runge–Kutta's classical tableau. */
export function rungeKutta4(v: Slope, x: number, times: readonly number[]): number {
  return steps(times).reduce((state, [from, to]) => {
    const h = to - from;
    const k1 = v(state, from);
    const k2 = v(state + (h / 2) * k1, from + h / 2);
    const k3 = v(state + (h / 2) * k2, from + h / 2);
    const k4 = v(state + h * k3, to);
    return state + (h / 6) * (k1 + 2 * k2 + 2 * k3 + k4);
  }, x);
}

/** Adams–Bashforth: the integral of the line through the last two slopes. */
export function adamsBashforth2(v: Slope, x: number, times: readonly number[]): number {
  let state = x;
  let last: { t: number; slope: number } | undefined;
  for (const [from, to] of steps(times)) {
    const slope = v(state, from);
    const change = last === undefined ? 0 : (slope - last.slope) / (from - last.t);
    state += slope * (to - from) + (change * (to - from) ** 2) / 2;
    last = { t: from, slope };
  }
  return state;
}

/** UniPC of order 2 with B(h) = e^h − 1: the corrector's weights by solving the paper's 2×2 system. */
export function unipc2(v: Slope, x: number, times: readonly number[]): number {
  const lambda = (t: number): number => Math.log(t / (1 - t));
  const past: { x: number; t: number; m: number }[] = [];
  let predicted = x;
  for (const [from, to] of steps(times)) {
    const m = predicted + (1 - from) * v(predicted, from);
    const corrected = correct(predicted, m, from, past, lambda);
    past.unshift({ x: corrected, t: from, m });
    const [now, before] = past;
    if (now === undefined) throw new Error('no step');
    const h = lambda(to) - lambda(from);
    const r = before === undefined ? Number.NaN : (lambda(before.t) - lambda(from)) / h;
    const slope = before === undefined || to === 1 || before.t === 0 ? 0 : (before.m - m) / r;
    predicted = move(corrected, from, to, m + slope / 2);
  }
  return predicted;
}

function correct(
  predicted: number,
  m: number,
  t: number,
  [now, before]: readonly { x: number; t: number; m: number }[],
  lambda: (t: number) => number,
): number {
  if (now === undefined) return predicted;
  if (before === undefined) return move(now.x, now.t, t, now.m + (m - now.m) / 2);
  const h = lambda(t) - lambda(now.t);
  const phi1 = Math.expm1(-h);
  const phi2 = phi1 / -h - 1;
  const phi3 = phi2 / -h - 1 / 2;
  const [b1, b2] = [phi2 / phi1, (2 * phi3) / phi1];
  if (before.t === 0) return move(now.x, now.t, t, now.m + b1 * (m - now.m)); // r = −∞
  const r = (lambda(before.t) - lambda(now.t)) / h;
  // rho1 + rho2 = b1, r·rho1 + rho2 = b2
  const rho1 = (b1 - b2) / (1 - r);
  const rho2 = b1 - rho1;
  return move(now.x, now.t, t, now.m + (rho1 * (before.m - now.m)) / r + rho2 * (m - now.m));
}

/** The first-order step along data: (σ_to/σ_from)·x + (α_to − α_from·σ_to/σ_from)·data. */
function move(x: number, from: number, to: number, data: number): number {
  const keep = (1 - to) / (1 - from);
  return keep * x + (to - keep * from) * data;
}

const steps = (times: readonly number[]): [number, number][] =>
  times.slice(1).map((to, i) => [times[i] ?? Number.NaN, to]);
