/** What a node of a tree is besides a span with a place and a time. */
import { ENTRY_ERROR, ENTRY_OPEN } from './tracks.ts';

export const NODE = {
  open: 1,
  error: 2,
  /** Its parent is not held: shown among the roots. */
  orphan: 4,
  /** Its parents lead back to it: cut here and shown among the roots. */
  cycle: 8,
  /** It ended before it started: drawn without width. */
  negative: 16,
  /** Another span of the trace has the same id. */
  duplicate: 32,
} as const;

/** As far as the picture shows them. */
export function entryFlags(flags: number): number {
  return ((flags & NODE.open) !== 0 ? ENTRY_OPEN : 0) | ((flags & NODE.error) !== 0 ? ENTRY_ERROR : 0);
}
