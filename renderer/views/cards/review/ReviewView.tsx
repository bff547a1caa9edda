import './review.css';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Card, CardStatus } from '../../../../shared/card.ts';
import type { ReviewNote, ReviewPage } from '../../../../shared/deck.ts';
import type { CallError } from '../../../../shared/ipc.ts';
import { countOf, formatCount } from '../../../../shared/units.ts';
import { getApi, toCallError } from '../../../api.ts';
import { isForView, isTyping, shortcutKey } from '../../../shell/shortcuts.ts';
import { undoChange } from '../../../store/deckCommands.ts';
import { getState } from '../../../store/index.ts';
import { acceptAll, decide } from '../../../store/reviewCommands.ts';
import { Button } from '../../../ui/Button.tsx';
import { EmptyState } from '../../../ui/EmptyState.tsx';
import { Menu } from '../../../ui/Menu.tsx';
import { ReadFault } from '../../../ui/ReadFault.tsx';
import { Segmented } from '../../../ui/Segmented.tsx';
import { RegenerateDialog } from './RegenerateDialog.tsx';
import { ReviewCard } from './ReviewCard.tsx';

const NOTES_AT_ONCE = 40;
const SHOW = [
  { id: 'all', label: 'All' },
  { id: 'warnings', label: 'With warnings' },
  { id: 'duplicates', label: 'Like others' },
] as const;
type Show = (typeof SHOW)[number]['id'];

/** Proposed cards, note by note: accept, edit, reject, or have one written anew. Nothing of it is studied before. */
export function ReviewView({ runId }: { runId: string | null }) {
  const [show, setShow] = useState<Show>('all');
  const [page, setPage] = useState<ReviewPage | null>(null);
  const [fault, setFault] = useState<CallError | null>(null);
  /** What was decided on this page; the cards stay in sight until the next one. */
  const [decided, setDecided] = useState<ReadonlyMap<number, CardStatus>>(new Map());
  const [current, setCurrent] = useState<number | null>(null);
  const [editing, setEditing] = useState<number | null>(null);
  const [anew, setAnew] = useState<Card | null>(null);

  const load = useCallback(async () => {
    try {
      const next = await getApi().reviewPage({ runId, show, offset: 0, limit: NOTES_AT_ONCE });
      setPage(next);
      setDecided(new Map());
      setFault(null);
      setCurrent(next.notes[0]?.cards[0]?.cardId ?? null);
    } catch (thrown) {
      setFault(toCallError(thrown));
    }
  }, [runId, show]);
  useEffect(() => void load(), [load]);

  /** Reads the notes again that are in sight, in place. */
  const refresh = useCallback(async () => {
    if (page === null) return;
    const ids = page.notes.flatMap((note) => note.cards.map((card) => card.cardId));
    const fresh = new Map((await getApi().cardsById({ cardIds: ids })).map((card) => [card.cardId, card]));
    setPage({
      ...page,
      notes: page.notes.map((note) => ({
        ...note,
        cards: note.cards.map((card) => fresh.get(card.cardId) ?? card),
      })),
    });
  }, [page]);

  const cards = page?.notes.flatMap((note) => note.cards) ?? [];
  /** Cards that still wait, those of later pages included. */
  const waits = (of: number, test: (card: Card) => boolean) =>
    of - cards.filter((card) => (decided.get(card.cardId) ?? 'proposed') !== 'proposed' && test(card)).length;
  const left = cards.filter((card) => !decided.has(card.cardId));
  async function say(chosen: readonly Card[], status: CardStatus) {
    if (
      !(await decide(
        chosen.map((card) => card.cardId),
        status,
      ))
    )
      return;
    const next = new Map(decided);
    for (const card of chosen) next.set(card.cardId, status);
    setDecided(next);
    const last = cards.findIndex((card) => card.cardId === chosen.at(-1)?.cardId);
    const after = cards.slice(last + 1).find((card) => !next.has(card.cardId));
    setCurrent((after ?? cards.find((card) => !next.has(card.cardId)))?.cardId ?? null);
  }
  async function undo() {
    await undoChange();
    await load();
  }
  const noteOf = (cardId: number): ReviewNote | undefined =>
    page?.notes.find((note) => note.cards.some((card) => card.cardId === cardId));

  useReviewKeys((key, shift) => {
    const at = cards.findIndex((card) => card.cardId === current);
    const card = cards[at];
    const step = (by: number) =>
      setCurrent(cards[Math.min(cards.length - 1, Math.max(0, at + by))]?.cardId ?? null);
    if (key === 'ArrowDown' || key === 'j') step(1);
    else if (key === 'ArrowUp' || key === 'k') step(-1);
    else if (key === 'undo') void undo();
    else if (card === undefined) return false;
    else if (key === 'a') void say(shift ? (noteOf(card.cardId)?.cards ?? [card]) : [card], 'accepted');
    else if (key === 'x') void say(shift ? (noteOf(card.cardId)?.cards ?? [card]) : [card], 'rejected');
    else if (key === 'e' && card.format === 'text') setEditing(card.cardId);
    else if (key === 'g') setAnew(card);
    else return false;
    return true;
  });

  return (
    <div className="review">
      <div className="row row-wrap review-bar">
        <Segmented label="Show" options={SHOW} value={show} onChange={setShow} />
        <span className="grow small muted num" role="status">
          {page !== null &&
            `${countOf(
              waits(page.waiting, () => true),
              'card',
            )} to look at`}
          {page !== null &&
            page.withWarnings > 0 &&
            `, ${formatCount(waits(page.withWarnings, ({ warnings }) => warnings.length > 0))} with warnings`}
        </span>
        <Button tone="quiet" icon="undo" aria-keyshortcuts="Control+Z Meta+Z" onClick={() => void undo()}>
          Undo
        </Button>
        <Menu
          label="Accept all"
          alignEnd
          disabled={page === null || page.waiting === 0}
          items={[
            {
              id: 'clean',
              label: 'Those without warnings',
              run: () => void acceptAll(runId, true).then(load),
            },
            { id: 'all', label: 'All of them', run: () => void acceptAll(runId, false).then(load) },
          ]}
        />
      </div>
      {fault !== null && <ReadFault what="The proposed cards" fault={fault} onRetry={() => void load()} />}
      {page !== null && page.notes.length === 0 && (
        <EmptyState
          icon="check"
          title={page.waiting === 0 ? 'Nothing waits' : 'None of this kind'}
          actions={<Button onClick={() => getState().navigated({ view: 'cards' })}>Browse cards</Button>}
        >
          {page.waiting === 0
            ? 'Where a run asks for a review, its cards wait here until you accept them.'
            : `${countOf(page.waiting, 'other card')} wait.`}
        </EmptyState>
      )}
      {page !== null && page.notes.length > 0 && (
        <div className="review-notes" data-testid="review-notes">
          {page.notes.map((note) => (
            <section key={note.noteId} className="panel review-note" aria-label={note.term}>
              <header className="row">
                <h2 className="grow truncate" dir="auto" title={note.term}>
                  {note.term}
                </h2>
                <Button tone="quiet" icon="check" onClick={() => void say(note.cards, 'accepted')}>
                  Accept all {note.cards.length}
                </Button>
              </header>
              {note.cards.map((card) => (
                <ReviewCard
                  key={card.cardId}
                  card={card}
                  duplicates={note.duplicates}
                  decision={decided.get(card.cardId) ?? null}
                  isCurrent={card.cardId === current}
                  isEditing={card.cardId === editing}
                  onFocus={() => setCurrent(card.cardId)}
                  onDecide={(status) => void say([card], status)}
                  onEdit={() => setEditing(card.cardId)}
                  onEdited={() => {
                    setEditing(null);
                    void refresh();
                  }}
                  onGiveUp={() => setEditing(null)}
                  onRegenerate={() => setAnew(card)}
                />
              ))}
            </section>
          ))}
          <div className="row review-foot">
            <span className="grow muted">
              {left.length === 0 ? 'All of these are decided.' : `${countOf(left.length, 'card')} left here.`}
            </span>
            <Button tone={left.length === 0 ? 'primary' : 'plain'} onClick={() => void load()}>
              Go on
            </Button>
          </div>
        </div>
      )}
      {anew !== null && (
        <RegenerateDialog
          card={anew}
          onClose={() => setAnew(null)}
          onSaved={() => {
            setAnew(null);
            void refresh();
          }}
        />
      )}
    </div>
  );
}

/** @param onKey whether the key was of use */
function useReviewKeys(onKey: (key: string, shift: boolean) => boolean) {
  const latest = useRef(onKey);
  latest.current = onKey;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (isTyping(event.target) || !isForView(event) || event.altKey) return;
      const isCommand = event.ctrlKey || event.metaKey;
      const key = shortcutKey(event);
      const named = isCommand && key === 'z' ? 'undo' : isCommand ? null : key;
      if (named !== null && latest.current(named, event.shiftKey)) event.preventDefault();
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, []);
}
