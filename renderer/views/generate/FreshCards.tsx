import './freshCards.css';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';
import type { Card } from '../../../shared/card.ts';
import type { RunProgress } from '../../../shared/run.ts';
import { isActive } from '../../derive/runProgress.ts';
import { getState } from '../../store/index.ts';
import { Badge } from '../../ui/Badge.tsx';
import { ClozeText } from '../../ui/ClozeText.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';

const ROW_PX = 76;
const NEW_MS = 1500;
/** Above this pace every row would flash, and the list itself is motion enough. */
const CALM_PER_MINUTE = 600;

/** A run's newest cards, newest first, as they are made. */
export function FreshCards({ cards, run }: { cards: readonly Card[]; run: RunProgress }) {
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: cards.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => cards[index]?.cardId ?? index,
    overscan: 6,
  });
  return (
    <div className="fresh">
      {cards.length === 0 ? (
        <EmptyState
          icon="cards"
          title={isActive(run.state) ? 'The first cards are on their way' : 'No cards'}
        >
          {isActive(run.state)
            ? 'They appear here as soon as a row is finished.'
            : 'No row of this list became a new card. The reasons are listed by row.'}
        </EmptyState>
      ) : (
        <div className="fresh-scroll" ref={scroller} tabIndex={0} data-testid="fresh-cards">
          <ol style={{ height: rows.getTotalSize() }}>
            {rows.getVirtualItems().map((item) => {
              const card = cards[item.index];
              if (card === undefined) return null;
              return (
                <li key={item.key} style={{ transform: `translateY(${item.start}px)`, height: ROW_PX }}>
                  <FreshCard card={card} highlight={run.cardsPerMinute < CALM_PER_MINUTE} />
                </li>
              );
            })}
          </ol>
        </div>
      )}
    </div>
  );
}

function FreshCard({ card, highlight }: { card: Card; highlight: boolean }) {
  // Rows come and go with scrolling; only what has just been made may draw the eye.
  const isNew = highlight && wasJustMade(card);
  const { runId } = card.provenance;
  const open = () => getState().navigated({ view: 'cards', runId, cardId: card.cardId });
  return (
    <button type="button" className={isNew ? 'fresh-card fresh-card-new' : 'fresh-card'} onClick={open}>
      <span className="row">
        <strong className="truncate">{card.term}</strong>
        <Badge>{card.type}</Badge>
        {card.provenance.cached && <Badge tone="accent">cached</Badge>}
      </span>
      <span className="truncate">
        <ClozeText text={card.front} revealed />
      </span>
      <span className="truncate small muted">{card.back}</span>
    </button>
  );
}

function wasJustMade(card: Card): boolean {
  return Date.now() - card.createdMs < NEW_MS;
}
