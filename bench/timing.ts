/** The best wall time in seconds of several runs, after two that warm up. */
export async function seconds(run: () => Promise<unknown>, repeats = 5): Promise<number> {
  await run();
  await run();
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < repeats; i++) {
    const start = performance.now();
    await run();
    best = Math.min(best, (performance.now() - start) / 1000);
  }
  return best;
}
