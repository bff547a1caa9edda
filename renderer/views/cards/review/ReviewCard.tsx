import { useEffect, useRef } from 'react';
import type { Card, CardStatus } from '../../../../shared/card.ts';
import type { NearDuplicate } from '../../../../shared/deck.ts';
import { formatPercent } from '../../../../shared/units.ts';
import { clozeGap } from '../../../derive/cloze.ts';
import { plainText } from '../../../derive/plainText.ts';
import { Badge } from '../../../ui/Badge.tsx';
import { Button } from '../../../ui/Button.tsx';
import { CardFace } from '../../../ui/cardFace/CardFace.tsx';
import { Kbd } from '../../../ui/Kbd.tsx';
import { QualityBadges } from '../../../ui/QualityBadges.tsx';
import { SideEditor } from './SideEditor.tsx';

type Props = {
  readonly card: Card;
  /** Cards of the deck that are much like those of this note. */
  readonly duplicates: readonly NearDuplicate[];
  readonly decision: CardStatus | null;
  readonly isCurrent: boolean;
  readonly isEditing: boolean;
  readonly onFocus: () => void;
  readonly onDecide: (status: CardStatus) => void;
  readonly onEdit: () => void;
  readonly onEdited: () => void;
  readonly onGiveUp: () => void;
  readonly onRegenerate: () => void;
};

const DECISIONS: Readonly<Record<CardStatus, string | null>> = {
  proposed: null,
  accepted: 'Accepted',
  rejected: 'Rejected',
};

const lineOf = ({ front, cloze, format }: Card) => {
  const gaps = clozeGap(front, cloze);
  return format === 'html' ? plainText(gaps) : gaps;
};

/** One proposed card with all that speaks for and against it. */
export function ReviewCard(props: Props) {
  const { card, duplicates, decision, isCurrent, isEditing, onDecide } = props;
  const article = useRef<HTMLElement>(null);
  useEffect(() => {
    if (isCurrent && !isEditing) article.current?.focus({ preventScroll: true });
    if (isCurrent) article.current?.scrollIntoView({ block: 'nearest' });
  }, [isCurrent, isEditing]);
  const said = decision === null ? null : DECISIONS[decision];
  const alike = card.warnings.includes('near_duplicate') ? duplicates : [];
  return (
    <article
      ref={article}
      // Arrow keys go from card to card; the one they are at has the focus.
      tabIndex={isCurrent ? 0 : -1}
      className={said === null ? 'review-card' : `review-card review-${decision}`}
      aria-current={isCurrent || undefined}
      aria-label={`${card.type} card${said === null ? '' : `, ${said.toLowerCase()}`}`}
      onFocus={props.onFocus}
    >
      <header className="row row-wrap">
        <Badge tone="accent">{card.type}</Badge>
        <QualityBadges codes={card.warnings} />
        {said !== null && (
          <Badge tone={decision === 'accepted' ? 'good' : 'bad'}>
            <span role="status">{said}</span>
          </Badge>
        )}
      </header>
      {isEditing ? (
        <SideEditor card={card} onSaved={props.onEdited} onClose={props.onGiveUp} />
      ) : (
        <div className="review-sides">
          <CardFace card={card} side="front" />
          <CardFace card={card} side="back" />
        </div>
      )}
      {card.quote !== null && (
        <blockquote className="review-quote small" dir="auto">
          {card.quote}
        </blockquote>
      )}
      {alike.length > 0 && (
        <ul className="review-alike small">
          {alike.map(({ card: other, similarity }) => (
            <li key={other.cardId}>
              <strong className="num">{formatPercent(similarity)}</strong> like{' '}
              <span dir="auto">{other.term}</span> in {other.deck}:{' '}
              <span className="muted" dir="auto">
                {lineOf(other)}
              </span>
            </li>
          ))}
        </ul>
      )}
      {!isEditing && (
        <footer className="row row-wrap">
          <Button icon="check" aria-keyshortcuts="A" onClick={() => onDecide('accepted')}>
            Accept <Kbd keys="A" hidden />
          </Button>
          <Button tone="quiet" icon="close" aria-keyshortcuts="X" onClick={() => onDecide('rejected')}>
            Reject <Kbd keys="X" hidden />
          </Button>
          {card.format === 'text' && (
            <Button tone="quiet" aria-keyshortcuts="E" onClick={props.onEdit}>
              Edit <Kbd keys="E" hidden />
            </Button>
          )}
          <Button tone="quiet" icon="retry" aria-keyshortcuts="G" onClick={props.onRegenerate}>
            Regenerate… <Kbd keys="G" hidden />
          </Button>
          {said !== null && (
            <Button tone="quiet" icon="undo" onClick={() => onDecide('proposed')}>
              Take back
            </Button>
          )}
        </footer>
      )}
    </article>
  );
}
