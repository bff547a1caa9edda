import type { SpanBlock } from '../blockTypes.ts';

/** 16 hex digits. */
export function spanIdAt({ spanId }: SpanBlock, row: number): string {
  return hex(spanId[row * 2]!) + hex(spanId[row * 2 + 1]!);
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0');
}
