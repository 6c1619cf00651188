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
} {
  const stages: RecordedStage[] = [];
  const over: string[] = [];
  return {
    stages,
    over,
    stage: (name, total) => {
      const stage: RecordedStage = { name, total, advances: [] };
      stages.push(stage);
      return { advance: (done) => stage.advances.push(done), done: () => void over.push(name) };
    },
  };
}
