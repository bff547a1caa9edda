/** Pushing to a running Anki through AnkiConnect. */
import { z } from 'zod';

export const ankiConnectSchema = z.object({
  /** AnkiConnect listens on this machine alone unless told otherwise. */
  url: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:8765'),
  /** Sent again by itself when Anki comes back. */
  retry: z.boolean().default(true),
});

export type AnkiStatus = {
  readonly reachable: boolean;
  readonly version: number | null;
  /** Why it cannot be reached, and what to do. */
  readonly problem: { readonly message: string; readonly hint: string | null } | null;
  readonly waiting: number;
  readonly lastPushMs: number | null;
};
export type PushPlan = {
  readonly deck: string | null;
  readonly create: number;
  readonly update: number;
  readonly unchanged: number;
  /** Notes that were changed in Anki since they were pushed, or that cannot go there. */
  readonly conflicts: readonly PushConflict[];
  /** The first of what would change, to look at. */
  readonly sample: readonly {
    readonly term: string;
    readonly action: 'create' | 'update';
    readonly fields: readonly {
      readonly name: string;
      readonly before: string | null;
      readonly after: string;
    }[];
  }[];
};
export type PushConflict = { readonly noteId: string; readonly term: string; readonly reason: string };
export type PushReport = {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly conflicts: readonly PushConflict[];
  readonly failed: readonly PushConflict[];
  /** Notes that wait for Anki to come back. */
  readonly queued: number;
};
export const pushSchema = z.object({
  deck: z.string().max(200).nullable(),
  /** What to do with notes that were changed in Anki. */
  onConflict: z.enum(['skip', 'overwrite']).default('skip'),
});
