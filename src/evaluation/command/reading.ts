/** What a run of the command came to, with what it follows from, a hash, and the seconds that it took. */
export interface Made<Content> {
  readonly content: Content;
  readonly origin: string;
  readonly seconds: number;
}

/** How the output of a command is read, and kept so that no run is made twice. */
export interface Reading<Content> {
  /** Of the files that it is kept in. */
  readonly suffix: string;
  /** Reads the folder that the command was given. Throws FileError or DataError. */
  readonly read: (out: string) => Promise<Content>;
  /** Writes a sealed file. Throws FileError. */
  readonly keep: (path: string, made: Made<Content>) => Promise<void>;
  /** Reads it back. Throws FileError where there is none or it is not as it was written. */
  readonly kept: (path: string) => Promise<Made<Content>>;
}
