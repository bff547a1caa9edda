import { useCallback, useEffect, useRef, useState } from 'react';
import type { CallError } from '../../../shared/ipc.ts';
import type { Rating, StudyCounts, StudyMode, StudyTurn } from '../../../shared/study.ts';
import { getApi, toCallError } from '../../api.ts';
import { getState } from '../../store/index.ts';

/** A card that is looked at longer counts as if its reader had gone away. */
const MAX_ANSWER_MS = 120_000;

export type Session = {
  /** `null` until the first card is there. */
  readonly turn: StudyTurn | null;
  /** `null` while they are counted for the first time; those of before while they are counted anew. */
  readonly counts: StudyCounts | null;
  readonly revealed: boolean;
  /** Cards rated since the session began, taken-back ones not counted. */
  readonly rated: number;
  readonly fault: CallError | null;
  readonly reveal: () => void;
  readonly rate: (rating: Rating) => void;
  /** Takes back what was done last: a rating, or that the card was put off or suspended. */
  readonly undo: () => void;
  readonly canUndo: boolean;
  readonly bury: () => void;
  readonly suspend: () => void;
  readonly reload: () => void;
};

/** A card that was put aside unanswered, and how many things there were to take back then. */
type Aside = {
  readonly kind: 'put off' | 'suspended';
  readonly cardId: number;
  readonly undoable: number;
};

/** One card after another: question, answer, rating. One call at a time, so that no key rates two cards. */
export function useSession(deck: string | null, mode: StudyMode): Session {
  const [turn, setTurn] = useState<StudyTurn | null>(null);
  const [counts, setCounts] = useState<StudyCounts | null>(null);
  const [revealed, setRevealed] = useState(false);
  const [rated, setRated] = useState(0);
  const [asides, setAsides] = useState<readonly Aside[]>([]);
  const [fault, setFault] = useState<CallError | null>(null);
  const busy = useRef(false);
  const shownAt = useRef(0);

  const take = useCallback(async (call: () => Promise<StudyTurn | null>, count = 0) => {
    if (busy.current) return;
    busy.current = true;
    try {
      const next = await call();
      if (next === null) return;
      setTurn(next);
      setRevealed(false);
      setFault(null);
      setRated((before) => Math.max(0, before + count));
      shownAt.current = performance.now();
    } catch (thrown) {
      setFault(toCallError(thrown));
    } finally {
      busy.current = false;
    }
  }, []);

  // Ratings since would have raised the number.
  const newest = asides.at(-1);
  const lastAside = newest !== undefined && turn !== null && newest.undoable >= turn.undoable ? newest : null;
  const suspend = (id: number, suspended: boolean) =>
    getApi().bulkEdit({ cardIds: Uint32Array.of(id), action: { kind: 'suspend', suspended } });
  const setAside = (aside: Aside) => setAsides((before) => [...before, aside]);

  async function takenBack<T>(next: Promise<T>): Promise<T> {
    await next;
    setAsides((before) => before.slice(0, -1));
    return next;
  }

  const place = { deck, mode };
  const cardId = turn?.next?.card.cardId;
  const reload = useCallback(() => void take(() => getApi().nextCard({ deck, mode })), [take, deck, mode]);
  useEffect(reload, [reload]);
  // The first card of a long day is there before the counts are: they come once it can be read.
  useEffect(() => {
    if (turn === null) return;
    if (turn.counts !== null) return setCounts(turn.counts);
    let isLate = false;
    getApi()
      .studyCounts({ deck, mode })
      .then((counted) => isLate || setCounts(counted))
      .catch((thrown: unknown) => isLate || setFault(toCallError(thrown)));
    return () => {
      isLate = true;
    };
  }, [turn, deck, mode]);
  // A card in learning may fall due while nobody does anything.
  const waitsUntil = turn !== null && turn.next === null ? turn.nextDueMs : null;
  useEffect(() => {
    if (waitsUntil === null) return;
    let timer: ReturnType<typeof setTimeout>;
    // Again and again: the same card may still be the next one to wait for, or the look may have failed.
    const arm = () => {
      const waitMs = Math.min(Math.max(1000, waitsUntil - Date.now()), 3_600_000);
      timer = setTimeout(() => {
        reload();
        arm();
      }, waitMs);
    };
    arm();
    return () => clearTimeout(timer);
  }, [waitsUntil, reload]);

  return {
    turn,
    counts,
    revealed,
    rated,
    fault,
    reload,
    reveal: () => setRevealed(true),
    rate(rating) {
      if (cardId === undefined || !revealed) return;
      const durationMs = Math.round(Math.min(MAX_ANSWER_MS, performance.now() - shownAt.current));
      void take(() => getApi().rateCard({ ...place, cardId, rating, durationMs }), 1);
    },
    undo() {
      if (lastAside === null) return void take(() => getApi().undoRating(place), -1);
      void take(async () => {
        if (lastAside.kind === 'put off') return takenBack(getApi().undoRating(place));
        await suspend(lastAside.cardId, false);
        getState().toastAdded({ tone: 'good', text: 'Unsuspended: it comes in its turn.', hint: null });
        return takenBack(getApi().nextCard(place));
      });
    },
    canUndo: turn !== null && (turn.undoable > 0 || lastAside !== null),
    bury() {
      if (cardId === undefined) return;
      void take(async () => {
        const next = await getApi().buryCard({ ...place, cardId });
        setAside({ kind: 'put off', cardId, undoable: next.undoable });
        return next;
      });
    },
    suspend() {
      if (cardId === undefined || turn === null) return;
      void take(async () => {
        await suspend(cardId, true);
        // From here on it is what undo takes back, whatever comes of the next card.
        setAside({ kind: 'suspended', cardId, undoable: turn.undoable });
        return getApi().nextCard(place);
      });
    },
  };
}
