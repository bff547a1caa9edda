import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useRef } from 'react';
import type { KeyboardEvent, MouseEvent } from 'react';
import type { Card } from '../../../../shared/card.ts';
import { clozeGap } from '../../../derive/cloze.ts';
import { plainText } from '../../../derive/plainText.ts';
import { formatDue } from '../../../derive/interval.ts';
import { Badge } from '../../../ui/Badge.tsx';
import { Icon } from '../../../ui/Icon.tsx';
import type { CardResults } from './useFoundCards.ts';
import { selectAll, selectOnly, selectTo, toggleRow } from './selection.ts';
import type { Selection } from './selection.ts';

const ROW_PX = 44;
const OVERSCAN = 8;

type Props = {
  readonly ids: Uint32Array;
  readonly results: CardResults;
  readonly selection: Selection;
  readonly onSelect: (selection: Selection) => void;
  readonly onOpen: (card: Card) => void;
};

/** Cards in rows, as many as there are: one tab stop, arrows move, Shift marks a stretch, mod+A all. */
export function CardTable({ ids, results, selection, onSelect, onOpen }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const { at } = selection;
  const rows = useVirtualizer({
    count: ids.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
    // The chosen row is always there: it is what the list's focus points at.
    rangeExtractor: (range) => {
      const shown = defaultRangeExtractor(range);
      return at < 0 || at >= ids.length || shown.includes(at) ? shown : [...shown, at].sort((a, b) => a - b);
    },
  });
  useEffect(() => {
    if (at >= 0) rows.scrollToIndex(at);
  }, [at, rows]);
  const items = rows.getVirtualItems();
  const from = rows.range?.startIndex ?? 0;
  const to = rows.range?.endIndex ?? 0;
  // A row that scrolls out of sight lends its elements to one that comes in: making them takes most of a frame.
  const slots = Math.ceil((rows.scrollRect?.height ?? 0) / ROW_PX) + 2 + 2 * OVERSCAN;
  const slotOf = (index: number) => (index < from - OVERSCAN || index > to + OVERSCAN ? 'at' : index % slots);
  useEffect(() => results.need(Math.max(0, from - OVERSCAN), to + OVERSCAN), [from, to, results]);

  function onKeyDown(event: KeyboardEvent) {
    const isCommand = event.ctrlKey || event.metaKey;
    if (isCommand && event.key.toLowerCase() === 'a') {
      event.preventDefault();
      onSelect(selectAll(ids, selection));
      return;
    }
    if (event.key === 'Enter') {
      const card = results.cardAt(at);
      if (card !== undefined) onOpen(card);
      return;
    }
    if (event.key === ' ' && !event.shiftKey) {
      event.preventDefault();
      onSelect(toggleRow(ids, selection, at));
      return;
    }
    const step = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + 10,
      PageUp: at - 10,
      Home: 0,
      End: ids.length - 1,
    }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = Math.min(ids.length - 1, Math.max(0, step));
    onSelect(event.shiftKey ? selectTo(ids, selection, next) : selectOnly(ids, next));
  }

  function onClick(event: MouseEvent, index: number) {
    if (event.shiftKey) onSelect(selectTo(ids, selection, index));
    else if (event.ctrlKey || event.metaKey) onSelect(toggleRow(ids, selection, index));
    else onSelect(selectOnly(ids, index));
  }

  return (
    <div
      ref={scroller}
      className="panel card-list"
      role="listbox"
      aria-label="Cards"
      aria-multiselectable
      tabIndex={0}
      aria-activedescendant={at < 0 || at >= ids.length ? undefined : `card-${ids[at]}`}
      onKeyDown={onKeyDown}
      data-testid="card-list"
    >
      <div style={{ height: rows.getTotalSize() }} role="presentation">
        {items.map((item) => {
          const id = ids[item.index] ?? 0;
          return (
            // The keys are the list's own.
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
            <div
              key={slotOf(item.index)}
              id={`card-${id}`}
              role="option"
              aria-selected={selection.ids.has(id)}
              aria-posinset={item.index + 1}
              aria-setsize={ids.length}
              className={item.index === at ? 'card-row card-row-at' : 'card-row'}
              style={{ transform: `translateY(${item.start}px)`, height: ROW_PX }}
              onClick={(event) => onClick(event, item.index)}
            >
              <Row card={results.cardAt(item.index)} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

const Row = memo(function Row({ card }: { card: Card | undefined }) {
  if (card === undefined) return <span className="card-row-empty" />;
  const front = clozeGap(card.front, card.cloze);
  return (
    <>
      <span className="card-row-main">
        <strong className="truncate" dir="auto">
          {card.term}
        </strong>
        <span className="truncate small muted" dir="auto">
          {card.format === 'html' ? plainText(front) : front}
        </span>
      </span>
      <span className="card-row-side">
        {card.flag > 0 && <span className={`card-flag card-flag-${card.flag}`} title={`Flag ${card.flag}`} />}
        {card.warnings.length > 0 && (
          <span title={`${card.warnings.length} warnings`} className="card-row-warning">
            <Icon name="warning" size={14} />
          </span>
        )}
        {card.status === 'accepted' ? null : (
          <Badge tone={card.status === 'proposed' ? 'info' : 'bad'}>{card.status}</Badge>
        )}
        {card.suspended && <Badge tone="warn">suspended</Badge>}
        <span className="small faint num">{formatDue(card.dueMs)}</span>
        <Badge>{card.type}</Badge>
      </span>
    </>
  );
});
