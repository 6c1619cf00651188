import type { HeadConfig } from '../../heads/network/config.ts';

/**
 * What a student is told of a context: its hidden state `alone`, with the one without the prompt and a guidance scale
 * (`two-way`), or also with the one of the image alone and that one's scale (`three-way`).
 */
export type Told = 'alone' | 'two-way' | 'three-way';

/** What a student of a config is told. One of the original signature combines hidden states, or has guidance in its weights. */
export function toldOf({ signature, guidance = 'output' }: Pick<HeadConfig, 'signature' | 'guidance'>): Told {
  if (guidance === 'condition') return 'two-way';
  if (signature === 'original') return 'alone';
  return guidance === 'three-way' ? 'three-way' : 'two-way';
}
