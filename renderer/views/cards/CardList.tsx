import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import type { KeyboardEvent } from 'react';
import type { Card } from '../../../shared/card.ts';
import { clozeGap } from '../../derive/cloze.ts';
import { loadMoreCards } from '../../store/commands.ts';
import { getState } from '../../store/index.ts';
import { Badge } from '../../ui/Badge.tsx';

const ROW_PX = 56;
/** The next page is asked for this many rows before the end. */
const AHEAD = 30;

type Props = { cards: readonly Card[]; total: number; selectedId: number | null };

/** One tab stop; arrows, Page and Home/End choose. Pages come in as the end gets near. */
export function CardList({ cards, total, selectedId }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const at = cards.findIndex((card) => card.cardId === selectedId);
  const rows = useVirtualizer({
    count: cards.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
    // The chosen row is always there: it is what the list's focus points at.
    rangeExtractor: (range) => {
      const shown = defaultRangeExtractor(range);
      return at < 0 || shown.includes(at) ? shown : [...shown, at].sort((a, b) => a - b);
    },
  });
  useEffect(() => {
    if (at >= 0) rows.scrollToIndex(at);
  }, [at, rows]);
  const items = rows.getVirtualItems();
  const lastShown = rows.range?.endIndex ?? 0;
  useEffect(() => {
    if (cards.length < total && lastShown >= cards.length - AHEAD) void loadMoreCards();
  }, [lastShown, cards.length, total]);

  function onKeyDown(event: KeyboardEvent) {
    const to = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + 10,
      PageUp: at - 10,
      Home: 0,
      End: cards.length - 1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const index = Math.min(cards.length - 1, Math.max(0, to));
    getState().cardSelected(cards[index] ?? null);
  }

  return (
    <div
      ref={scroller}
      className="panel card-list"
      role="listbox"
      aria-label="Cards"
      tabIndex={0}
      aria-activedescendant={at < 0 ? undefined : `card-${selectedId}`}
      onKeyDown={onKeyDown}
      data-testid="card-list"
    >
      <div style={{ height: rows.getTotalSize() }} role="presentation">
        {items.map((item) => {
          const card = cards[item.index];
          if (card === undefined) return null;
          return (
            // The keys are the list's own.
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
            <div
              key={card.cardId}
              id={`card-${card.cardId}`}
              role="option"
              aria-selected={card.cardId === selectedId}
              aria-posinset={item.index + 1}
              aria-setsize={total}
              className="card-row"
              style={{ transform: `translateY(${item.start}px)`, height: ROW_PX }}
              onClick={() => getState().cardSelected(card)}
            >
              <span className="row">
                <strong className="truncate grow">{card.term}</strong>
                <Badge>{card.type}</Badge>
              </span>
              <span className="truncate small muted">{clozeGap(card.front)}</span>
            </div>
          );
        })}
      </div>
    </div>
  );
}
