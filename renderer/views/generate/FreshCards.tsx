import './freshCards.css';
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { useId, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import type { Card } from '../../../shared/card.ts';
import type { RunProgress } from '../../../shared/run.ts';
import { noCardsYet } from '../../derive/runProgress.ts';
import { getState } from '../../store/index.ts';
import { Badge } from '../../ui/Badge.tsx';
import { ClozeText } from '../../ui/ClozeText.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { useWaiting } from './useWaiting.ts';

const ROW_PX = 76;
const NEW_MS = 1500;
/** Above this pace every row would flash, and the list itself is motion enough. */
const CALM_PER_MINUTE = 600;

/** A run's newest cards, newest first, as they are made. */
export function FreshCards({ cards, run }: { cards: readonly Card[]; run: RunProgress }) {
  const waiting = useWaiting(run);
  if (cards.length > 0) {
    return (
      <div className="fresh">
        <FreshList cards={cards} highlight={run.cardsPerMinute < CALM_PER_MINUTE} />
      </div>
    );
  }
  const { title, text } = noCardsYet(run, waiting);
  return (
    <div className="fresh">
      <EmptyState icon="cards" title={title}>
        {text}
      </EmptyState>
    </div>
  );
}

/**
 * One tab stop: arrows, Page and Home/End choose a card, Enter opens it. The choice stays with its card while new
 * ones push it down, and goes to the last where it is pushed out.
 */
function FreshList({ cards, highlight }: { cards: readonly Card[]; highlight: boolean }) {
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [chosenId, setChosenId] = useState<number | null>(null);
  const found = chosenId === null ? -1 : cards.findIndex((card) => card.cardId === chosenId);
  const at = chosenId !== null && found < 0 ? cards.length - 1 : found;
  const rows = useVirtualizer({
    count: cards.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => cards[index]?.cardId ?? index,
    overscan: 6,
    // The chosen row is always there: it is what the list's focus points at.
    rangeExtractor: (range) => {
      const shown = defaultRangeExtractor(range);
      return at < 0 || shown.includes(at) ? shown : [...shown, at].sort((a, b) => a - b);
    },
  });

  function onKeyDown(event: KeyboardEvent) {
    const card = cards[at];
    if ((event.key === 'Enter' || event.key === ' ') && !event.ctrlKey && !event.metaKey) {
      if (card === undefined) return;
      event.preventDefault();
      open(card);
      return;
    }
    const to = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + 8,
      PageUp: at - 8,
      Home: 0,
      End: cards.length - 1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const index = Math.min(cards.length - 1, Math.max(0, to));
    setChosenId(cards[index]?.cardId ?? null);
    rows.scrollToIndex(index);
  }

  return (
    <div
      ref={scroller}
      className="fresh-scroll"
      role="listbox"
      aria-label="New cards, newest first"
      tabIndex={0}
      aria-activedescendant={at < 0 ? undefined : `${id}-${cards[at]?.cardId}`}
      onKeyDown={onKeyDown}
      data-testid="fresh-cards"
    >
      <div className="fresh-rows" role="presentation" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map((item) => {
          const card = cards[item.index];
          if (card === undefined) return null;
          // Rows come and go with scrolling; only what has just been made may draw the eye.
          const isNew = highlight && wasJustMade(card);
          return (
            // The keys are the list's own.
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
            <div
              key={item.key}
              id={`${id}-${card.cardId}`}
              role="option"
              aria-selected={item.index === at}
              aria-posinset={item.index + 1}
              aria-setsize={cards.length}
              className={isNew ? 'fresh-card fresh-card-new' : 'fresh-card'}
              style={{ transform: `translateY(${item.start}px)`, height: ROW_PX }}
              onClick={() => open(card)}
            >
              <span className="row">
                <strong className="truncate">{card.term}</strong>
                <Badge>{card.type}</Badge>
                {card.provenance?.cached === true && <Badge tone="accent">cached</Badge>}
              </span>
              <span className="truncate">
                <ClozeText text={oneLine(card.front)} revealed />
              </span>
              <span className="truncate small muted">{oneLine(card.back)}</span>
            </div>
          );
        })}
      </div>
    </div>
  );
}

function open(card: Card) {
  const runId = card.provenance?.runId;
  getState().navigated({ view: 'cards', card, ...(runId === undefined ? {} : { runId }) });
}

/** The lines of a side in one. */
function oneLine(side: string): string {
  return side
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .join(' · ');
}

function wasJustMade(card: Card): boolean {
  return Date.now() - card.createdMs < NEW_MS;
}
