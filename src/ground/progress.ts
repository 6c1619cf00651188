/** One running stage, told how far it is. */
export interface StageProgress {
  /** `done` units of the total are done, those of an earlier run that is resumed included. */
  advance(done: number, note?: string): void;
  /** The stage is over. */
  done(note?: string): void;
}

/** Told by every long stage how far it is; what is shown, and where, is not the stage's business. */
export interface Progress {
  /** A stage begins: its name, how many units of what. Stages may run side by side. */
  stage(name: string, total: number, unit: string): StageProgress;
}

/** Told and shown to nobody. */
export const untold: Progress = { stage: () => ({ advance() {}, done() {} }) };
