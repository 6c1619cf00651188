import { DataError } from '../../ground/errors.ts';
import type { EndpointReference } from './read-reference.ts';

/** Throws DataError where a reference is of other hidden states or tokens than a head, which `of` names. */
export function checkSizes(
  { path, contexts, draws, condition, token }: EndpointReference,
  head: { readonly condition: number; readonly token: number },
  of: string,
): void {
  if (condition !== head.condition)
    throw new DataError(
      `${path}: tensor h: expected shape [${contexts}, ${head.condition}] for ${of}, got [${contexts}, ${condition}]`,
    );
  if (token !== head.token)
    throw new DataError(
      `${path}: tensor x0: expected shape [${contexts}, ${draws}, ${head.token}] for ${of}, got [${contexts}, ${draws}, ${token}]`,
    );
}
