/** Does something again and again with a pause before each time, until the function that it gives is called; what fails is tried again. */
export function repeat(work: () => Promise<void>, milliseconds: number): () => void {
  let stopped = false;
  let timer: NodeJS.Timeout;
  const next = (): void => {
    timer = setTimeout(() => {
      void work()
        .catch(() => undefined)
        .finally(() => {
          if (!stopped) next();
        });
    }, milliseconds);
    timer.unref();
  };
  next();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
