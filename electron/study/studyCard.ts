/** A card as it is asked: with what its answers would do, and what is expected where it is typed. */
import type { Card } from '../../shared/card.ts';
import type { StudyCard, StudyMode } from '../../shared/study.ts';
import type { createDeckSettings } from './deckSettings.ts';
import { expectedAnswer } from './expectedAnswer.ts';
import { toMemory } from './ratings.ts';
import type { Scheduler } from './scheduler.ts';
import type { StudyStatements } from './statements.ts';
import { memoryRowOf } from './studySql.ts';
import type { CardRow } from './studySql.ts';

export type StudyCardTools = {
  readonly sql: Pick<StudyStatements, 'notetype'>;
  readonly decks: Pick<ReturnType<typeof createDeckSettings>, 'of'>;
  readonly schedulerOf: (deck: string) => Scheduler;
  /** In the order of the ids; those that are gone are left out. */
  readonly readCards: (cardIds: readonly number[]) => readonly Card[];
};

/** Returns what makes a row a card; `null` where the card is gone. */
export function createStudyCards({ sql, decks, schedulerOf, readCards }: StudyCardTools) {
  return function toStudyCard(row: CardRow, mode: StudyMode, nowMs: number): StudyCard | null {
    const [card] = readCards([row.cardId]);
    if (card === undefined) return null;
    const settings = decks.of(row.deck);
    const scheduler = schedulerOf(row.deck);
    const memory = toMemory(memoryRowOf(row));
    const untilDue = memory === null ? 0 : Math.max(0, memory.dueMs - nowMs);
    const intervals =
      mode === 'due'
        ? scheduler.outlooks(row.cardId, memory, nowMs).map(({ intervalMs }) => intervalMs)
        : // Whatever is answered, it comes when it would have come; in this session, once more.
          [0, 0, untilDue, untilDue];
    const notetype =
      row.notetypeId === null
        ? null
        : (sql.notetype.get(row.notetypeId) as { css: string; fields: string } | undefined);
    const fieldNames = notetype
      ? (JSON.parse(notetype.fields) as readonly { readonly name: string }[]).map(({ name }) => name)
      : [];
    return {
      card,
      memory,
      intervals: intervals as unknown as StudyCard['intervals'],
      retrievability: memory === null ? null : scheduler.retrievability(memory, nowMs),
      isLeech: settings.leechLapses > 0 && (memory?.lapses ?? 0) >= settings.leechLapses,
      css: notetype?.css ?? '',
      typed: expectedAnswer(row, fieldNames),
    };
  };
}
