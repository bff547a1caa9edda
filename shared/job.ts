/** Long work besides runs: import, export, push, backup, optimising. Shown, and can be stopped. */
/** `look`: somebody waits for the answer where it will appear; it is not shown a second time. */
const JOB_KINDS = [
  'change',
  'import',
  'export',
  'push',
  'backup',
  'restore',
  'optimise',
  'estimate',
  'look',
] as const;
export type JobKind = (typeof JOB_KINDS)[number];
export type JobProgress = {
  readonly jobId: string;
  readonly kind: JobKind;
  readonly label: string;
  readonly state: 'running' | 'done' | 'failed' | 'cancelled';
  readonly done: number;
  /** `null` while it is not known. */
  readonly total: number | null;
  readonly message: string | null;
  readonly startedMs: number;
};
