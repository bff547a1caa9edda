import { useEffect, useRef, useState } from 'react';
import type { Rating, StudyCard, StudyCounts, StudyMode, StudyTurn } from '../../../shared/study.ts';
import { countOf, formatCount, formatPercent } from '../../../shared/units.ts';
import { proposedIn } from '../../derive/proposedIn.ts';
import { formatInterval } from '../../derive/interval.ts';
import { isForView, isTyping, shortcutKey } from '../../shell/shortcuts.ts';
import { loadDeckTree } from '../../store/deckCommands.ts';
import { getState, useStore } from '../../store/index.ts';
import { selectDeckTree } from '../../store/selectors.ts';
import { Badge } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';
import { CardFace } from '../../ui/cardFace/CardFace.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Kbd } from '../../ui/Kbd.tsx';
import { ReadFault } from '../../ui/ReadFault.tsx';
import { readAloud, SpeakButton } from './SpeakButton.tsx';
import { TypedAnswer } from './TypedAnswer.tsx';
import { useSession } from './useSession.ts';
import type { Session } from './useSession.ts';

type Props = { readonly deck: string | null; readonly mode: StudyMode };

const MODE_NOTES: Readonly<Record<StudyMode, string | null>> = {
  due: null,
  ahead: 'Looking ahead: the schedule stays as it is',
  cram: 'Cramming: the schedule stays as it is',
};

const leave = () => getState().navigated({ view: 'study' });

/** One card at a time, by keys alone if one likes. */
export function StudySession({ deck, mode }: Props) {
  const session = useSession(deck, mode);
  const { turn, fault } = session;
  useStudyKeys(session);
  return (
    <div className="view study-session">
      <header className="view-head">
        <Button tone="quiet" icon="back" onClick={leave}>
          Decks
        </Button>
        <div className="grow">
          <h1 className="truncate" title={deck ?? undefined}>
            {deck ?? 'All decks'}
          </h1>
        </div>
        {MODE_NOTES[mode] !== null && <Badge tone="accent">{MODE_NOTES[mode]}</Badge>}
        {turn !== null && <Counts counts={session.counts} isQuiet={session.rated === 0} />}
        <Button
          tone="quiet"
          icon="undo"
          disabled={!session.canUndo}
          onClick={session.undo}
          aria-keyshortcuts="Control+Z Meta+Z"
        >
          Undo
        </Button>
      </header>
      <div className="view-body view-scroll study-body">
        {fault !== null && <ReadFault what="The next card" fault={fault} onRetry={session.reload} />}
        {turn === null && fault === null && <p className="loading muted">Opening…</p>}
        {turn !== null && turn.next === null && <Finished turn={turn} rated={session.rated} deck={deck} />}
        {turn !== null && turn.next !== null && (
          <Question
            key={`${turn.next.card.cardId} ${session.rated}`}
            study={turn.next}
            mode={mode}
            session={session}
          />
        )}
      </div>
    </div>
  );
}

type CountsProps = { readonly counts: StudyCounts | null; readonly isQuiet: boolean };

/** Not said aloud before the first rating: the card is what is to be heard then, and the counts may come after it. */
function Counts({ counts, isQuiet }: CountsProps) {
  const shown = (count: number | undefined) => (count === undefined ? '…' : formatCount(count));
  return (
    <span
      className="study-counts num"
      role="status"
      aria-live={isQuiet ? 'off' : 'polite'}
      aria-busy={counts === null}
    >
      <span className="study-count-new">
        <strong>{shown(counts?.new)}</strong> new
      </span>
      <span className="study-count-learning">
        <strong>{shown(counts?.learning)}</strong> learning
      </span>
      <span className="study-count-review">
        <strong>{shown(counts?.review)}</strong> due
      </span>
    </span>
  );
}

type QuestionProps = { readonly study: StudyCard; readonly mode: StudyMode; readonly session: Session };

function Question({ study, mode, session }: QuestionProps) {
  const { card, typed, css } = study;
  const { revealed } = session;
  const [answer, setAnswer] = useState('');
  const show = useRef<HTMLButtonElement>(null);
  // The new card takes the focus, so that a screen reader says it and Space shows its answer.
  useEffect(() => {
    if (typed === null) show.current?.focus();
  }, [typed]);
  const isWholeBack = card.format === 'html' || card.type === 'cloze';
  return (
    <>
      <article
        className={card.format === 'html' ? 'panel study-card study-card-whole' : 'panel study-card'}
        data-revealed={revealed || undefined}
        aria-label={`Card of ${card.deck}`}
        data-testid="study-card"
      >
        <header className="row">
          <span className="small faint truncate grow">{card.deck}</span>
          {study.isLeech && <Badge tone="warn">leech</Badge>}
          {study.memory === null ? <Badge tone="info">new</Badge> : null}
          <SpeakButton card={card} revealed={revealed} />
        </header>
        <div className="study-front" aria-live="polite">
          {!(revealed && isWholeBack && card.format === 'html') && (
            <CardFace card={card} side="front" revealed={revealed} css={css} />
          )}
          {revealed && card.format === 'html' && <CardFace card={card} side="back" revealed css={css} />}
        </div>
        <div className="study-below">
          {typed !== null && (
            <TypedAnswer
              expected={typed}
              value={answer}
              revealed={revealed}
              onChange={setAnswer}
              onDone={session.reveal}
            />
          )}
          {revealed && card.format === 'text' && (
            <div className="study-back" role="status">
              <CardFace card={card} side="back" revealed />
              {card.quote !== null && <blockquote className="study-quote">{card.quote}</blockquote>}
            </div>
          )}
        </div>
      </article>
      <div className="study-answer">
        {revealed ? (
          <RatingButtons study={study} mode={mode} onRate={session.rate} />
        ) : (
          <Button ref={show} tone="primary" large onClick={session.reveal} data-testid="show-answer">
            Show answer
            <Kbd keys="Space" hidden />
          </Button>
        )}
        <div className="row row-wrap study-more">
          <Button tone="quiet" onClick={session.bury} aria-keyshortcuts="B">
            Tomorrow <Kbd keys="B" hidden />
          </Button>
          <Button tone="quiet" onClick={session.suspend} aria-keyshortcuts="S">
            Suspend <Kbd keys="S" hidden />
          </Button>
          <Button
            tone="quiet"
            aria-keyshortcuts="E"
            onClick={() => getState().navigated({ view: 'cards', card })}
          >
            Edit <Kbd keys="E" hidden />
          </Button>
          {study.retrievability !== null && revealed && (
            <span className="small faint num">
              expected to be remembered: {formatPercent(study.retrievability)}
            </span>
          )}
        </div>
      </div>
    </>
  );
}

const RATING_NAMES: Readonly<Record<Rating, string>> = { 1: 'Again', 2: 'Hard', 3: 'Good', 4: 'Easy' };
const ALL_RATINGS: readonly Rating[] = [1, 2, 3, 4];

/** Without the schedule nothing is due later: until it was answered good a card comes once more. */
const FREE_NOTES: Readonly<Record<Rating, string>> = {
  1: 'once more',
  2: 'once more',
  3: 'done',
  4: 'done',
};

type RatingProps = {
  readonly study: StudyCard;
  readonly mode: StudyMode;
  readonly onRate: (rating: Rating) => void;
};

function RatingButtons({ study, mode, onRate }: RatingProps) {
  // Where the button was that showed the answer, the focus goes on: to what Space and Enter would say.
  const good = useRef<HTMLButtonElement>(null);
  useEffect(() => good.current?.focus(), []);
  return (
    <div className="study-ratings" role="group" aria-label="How well did you know it?">
      {ALL_RATINGS.map((rating) => (
        <button
          key={rating}
          ref={rating === 3 ? good : undefined}
          type="button"
          className={`study-rating study-rating-${rating}`}
          aria-keyshortcuts={String(rating)}
          data-action={`Rate.${RATING_NAMES[rating]}`}
          data-testid={`rate-${rating}`}
          onClick={() => onRate(rating)}
        >
          <span>
            {RATING_NAMES[rating]} <Kbd keys={String(rating)} hidden />
          </span>
          <span className="small num">
            {mode === 'due' ? formatInterval(study.intervals[rating - 1] ?? 0) : FREE_NOTES[rating]}
          </span>
        </button>
      ))}
    </div>
  );
}

type FinishedProps = { readonly turn: StudyTurn; readonly rated: number; readonly deck: string | null };

function Finished({ turn, rated, deck }: FinishedProps) {
  const decks = useStore(selectDeckTree);
  const proposed = proposedIn(decks, deck);
  const isUnknown = deck !== null && decks.length > 0 && !decks.some(({ name }) => name === deck.normalize());
  const on = useRef<HTMLButtonElement>(null);
  useEffect(() => on.current?.focus(), [isUnknown]);
  // A link leads here without a list of decks before it.
  useEffect(() => void loadDeckTree(), []);
  const waitMs = turn.nextDueMs === null ? null : Math.max(0, turn.nextDueMs - Date.now());
  if (isUnknown) {
    return (
      <EmptyState
        icon="search"
        title="There is no such deck"
        actions={
          <Button ref={on} tone="primary" onClick={leave}>
            All decks
          </Button>
        }
      >
        It may have another name by now, or was deleted.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon="check"
      title={rated === 0 ? 'Nothing is due here' : 'Done for now'}
      actions={
        <>
          <Button ref={on} tone="primary" onClick={leave}>
            All decks
          </Button>
          <Button onClick={() => getState().navigated({ view: 'study', tab: 'statistics' })}>
            Statistics
          </Button>
          {proposed > 0 && (
            <Button onClick={() => getState().navigated({ view: 'cards', mode: 'review' })}>
              Review new cards
            </Button>
          )}
        </>
      }
    >
      {rated > 0 && `${countOf(rated, 'card')} answered. `}
      {waitMs === null ? 'No further card waits here.' : `The next card comes in ${formatInterval(waitMs)}.`}
      {proposed > 0 &&
        ` ${countOf(proposed, 'new card')} ${proposed === 1 ? 'has' : 'have'} not been reviewed yet.`}
    </EmptyState>
  );
}

/** Space or Enter shows the answer and then rates 'good'; 1 to 4 rate. */
function useStudyKeys(session: Session) {
  const latest = useRef(session);
  latest.current = session;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!isForView(event)) return;
      const { turn, revealed, reveal, rate, undo, bury, suspend } = latest.current;
      const key = shortcutKey(event);
      if ((event.ctrlKey || event.metaKey) && key === 'z' && !isTyping(event.target)) {
        event.preventDefault();
        undo();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      // A key that is held down shows one answer and rates one card.
      if (event.repeat) {
        if (key === ' ' || key === 'Enter') event.preventDefault();
        return;
      }
      if (key === 'Escape') return leave();
      const study = turn?.next ?? null;
      if (study === null) return;
      const onOther =
        event.target instanceof HTMLElement &&
        event.target.closest('button:not([data-testid="show-answer"], .study-rating), a') !== null;
      if ((key === ' ' || key === 'Enter') && !onOther) {
        if (event.target instanceof HTMLElement && event.target.closest('.study-rating') !== null) return;
        event.preventDefault();
        if (revealed) rate(3);
        else reveal();
      } else if (/^[1-4]$/.test(key) && revealed) rate(Number(key) as Rating);
      else if (key === 'b') bury();
      else if (key === 's') suspend();
      else if (key === 'r') readAloud(study.card, revealed);
      else if (key === 'e') getState().navigated({ view: 'cards', card: study.card });
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}
