/** What a check found. Absent is what recipes can do without; a failure means that they will not run. */
export interface Finding {
  readonly name: string;
  readonly status: 'ok' | 'absent' | 'warning' | 'failed';
  readonly detail: string;
}

/** Looks at one thing on this machine. */
export type Check = () => Promise<readonly Finding[]>;

/** The finding of something that works, or of the error that it gave. */
export async function finding(
  name: string,
  look: () => string | Promise<string>,
  otherwise: Finding['status'] = 'failed',
): Promise<Finding> {
  try {
    return { name, status: 'ok', detail: await look() };
  } catch (error) {
    return { name, status: otherwise, detail: error instanceof Error ? error.message : String(error) };
  }
}
