/** What a rating changed besides the card's memory, and the memory before it: enough to take it back to the bit. */
import type { MemoryRow } from './studySql.ts';

export type BeforeRating = {
  /** `null` where there was none. */
  readonly memory: MemoryRow | null;
  /** Cards of the same note that it put off: whether they had a memory, and until when they were buried before. */
  readonly buried: readonly {
    readonly cardId: number;
    readonly hadMemory: boolean;
    readonly beforeMs: number | null;
  }[];
  readonly buriedUntilMs: number | null;
  /** Whether it suspended the card, tagged its note, and made the tag. */
  readonly suspended: boolean;
  readonly tagged: boolean;
  readonly madeTag: boolean;
};

export const NOTHING_BEFORE: BeforeRating = {
  memory: null,
  buried: [],
  buriedUntilMs: null,
  suspended: false,
  tagged: false,
  madeTag: false,
};

/** Arrays, as every review ever given keeps one: some 90 bytes. */
export function packBefore(before: BeforeRating): string {
  const { memory: row, buried, buriedUntilMs, suspended, tagged, madeTag } = before;
  const memory =
    row === null
      ? null
      : [
          row.state,
          row.dueMs,
          row.stability,
          row.difficulty,
          row.reps,
          row.lapses,
          row.learningStep,
          row.scheduledDays,
          row.lastReviewMs,
          row.buriedUntilMs,
        ];
  const packed: Record<string, unknown> = { memory };
  if (buried.length > 0) {
    packed['until'] = buriedUntilMs;
    packed['buried'] = buried.map(({ cardId, hadMemory, beforeMs }) =>
      hadMemory ? [cardId, beforeMs] : [cardId],
    );
  }
  const leech = (suspended ? 1 : 0) | (tagged ? 2 : 0) | (madeTag ? 4 : 0);
  if (leech !== 0) packed['leech'] = leech;
  return JSON.stringify(packed);
}

export function unpackBefore(text: string): BeforeRating {
  const packed = JSON.parse(text) as {
    memory: [MemoryRow['state'], ...number[]] | null;
    until?: number;
    buried?: readonly (readonly [number, (number | null)?])[];
    leech?: number;
  };
  const leech = packed.leech ?? 0;
  return {
    memory: packed.memory === null ? null : toRow(packed.memory),
    buriedUntilMs: packed.until ?? null,
    buried: (packed.buried ?? []).map((entry) => ({
      cardId: entry[0],
      hadMemory: entry.length > 1,
      beforeMs: entry[1] ?? null,
    })),
    suspended: (leech & 1) !== 0,
    tagged: (leech & 2) !== 0,
    madeTag: (leech & 4) !== 0,
  };
}

function toRow(values: readonly [MemoryRow['state'], ...(number | null)[]]): MemoryRow {
  const [state, dueMs, stability, difficulty, reps, lapses, learningStep, scheduledDays, last, buried] =
    values as readonly [MemoryRow['state'], ...number[]];
  return {
    state,
    dueMs: dueMs!,
    stability: stability!,
    difficulty: difficulty!,
    reps: reps!,
    lapses: lapses!,
    learningStep: learningStep!,
    scheduledDays: scheduledDays!,
    lastReviewMs: last ?? null,
    buriedUntilMs: buried ?? null,
  };
}
