import type { Progress } from '../src/ground/progress.ts';

/** What a stage told of itself. */
export interface RecordedStage {
  readonly name: string;
  readonly total: number;
  readonly advances: number[];
}

/** Progress that is kept for tests to look at. */
export function recordedProgress(): Progress & {
  readonly stages: RecordedStage[];
  /** The stages that said that they are over. */
  readonly over: string[];
  /** What was told beside the numbers. */
  readonly details: string[];
} {
  const stages: RecordedStage[] = [];
  const over: string[] = [];
  const details: string[] = [];
  return {
    stages,
    over,
    details,
    stage: (name, total) => {
      const stage: RecordedStage = { name, total, advances: [] };
      stages.push(stage);
      const advance = (done: number, detail?: string): void => {
        stage.advances.push(done);
        if (detail !== undefined) details.push(detail);
      };
      return { advance, done: () => void over.push(name) };
    },
  };
}
