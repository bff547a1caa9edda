/** Which decks a session is about, their settings, and how many cards each may still ask for today. */
import type { StudySettings } from '../../shared/study.ts';
import { decksTo, readOverride } from './deckSettings.ts';

export type DeckRow = { readonly id: number; readonly name: string; readonly study: string | null };
type Kind = 'new' | 'review';
/** Of a deck with those below it. */
type Limit = { new: number; review: number };
type ScopedDeck = { readonly settings: StudySettings; readonly limits: readonly Limit[] };

export type StudyScope = ReturnType<typeof createStudyScope>;

/**
 * A limit holds for the deck that was chosen and all below it together; a deck below with a limit of its own keeps to
 * both.
 *
 * @param settings of the chosen deck
 */
export function createStudyScope(
  deck: string | null,
  rows: readonly DeckRow[],
  settings: StudySettings,
  answered: readonly { readonly deckId: number; readonly new: number; readonly review: number }[],
) {
  const top: Limit = { new: settings.newPerDay, review: settings.reviewsPerDay };
  const byName = new Map<string, ScopedDeck>();
  const byId = new Map<number, ScopedDeck>();
  // Shorter names first: a deck is seen before those below it.
  for (const row of rows.toSorted((a, b) => a.name.length - b.name.length)) {
    const above = decksTo(row.name)
      .slice(0, -1)
      .findLast((name) => byName.has(name));
    const parent = above === undefined ? { settings, limits: [top] } : byName.get(above)!;
    const own = row.name === deck ? {} : readOverride(row.study);
    const limits =
      own.newPerDay === undefined && own.reviewsPerDay === undefined
        ? parent.limits
        : [
            ...parent.limits,
            { new: own.newPerDay ?? Infinity, review: own.reviewsPerDay ?? Infinity } satisfies Limit,
          ];
    const scoped = { settings: { ...parent.settings, ...own }, limits };
    byName.set(row.name, scoped);
    byId.set(row.id, scoped);
  }
  for (const { deckId, new: news, review } of answered) {
    for (const limit of byId.get(deckId)?.limits ?? []) {
      limit.new -= news;
      limit.review -= review;
    }
  }
  const left = (deckId: number, kind: Kind) =>
    Math.max(0, Math.min(...(byId.get(deckId)?.limits ?? []).map((limit) => limit[kind]), Infinity));
  const deckIds = [...byId.keys()];

  const scoped = [...byId.values()];

  return {
    settings,
    deckIds,
    /** Whether the limit and the burying of the chosen deck hold for all below it, and nothing else. */
    isOneLimit: scoped.every(
      (each) => each.limits.length === 1 && each.settings.burySiblings === settings.burySiblings,
    ),
    has: (deckId: number) => byId.has(deckId),
    left,
    leftOfAll: (kind: Kind) => Math.max(0, top[kind]),
    /** Whether one more may be asked for; it is counted then. */
    take(deckId: number, kind: Kind): boolean {
      if (!byId.has(deckId) || left(deckId, kind) < 1) return false;
      for (const limit of byId.get(deckId)!.limits) limit[kind] -= 1;
      return true;
    },
    buriesSiblings: (deckId: number) => byId.get(deckId)?.settings.burySiblings ?? false,
    /** Whether a deck of it lets cards of this kind come at all on another day. */
    everAsks: (kind: Kind) =>
      (kind === 'new' ? settings.newPerDay : settings.reviewsPerDay) > 0 && deckIds.length > 0,
  };
}
