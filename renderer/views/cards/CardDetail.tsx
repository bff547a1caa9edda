import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import type { Card } from '../../../shared/card.ts';
import { formatWhen } from '../../derive/clock.ts';
import { isForView, isTyping } from '../../shell/shortcuts.ts';
import { getState } from '../../store/index.ts';
import { Badge } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';
import { ClozeText } from '../../ui/ClozeText.tsx';

/** Both sides of a card as they are asked, and where the card came from. */
export function CardDetail({ card }: { card: Card }) {
  const [revealed, setRevealed] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const onButton = event.target instanceof HTMLButtonElement;
      if (event.key !== ' ' || onButton || isTyping(event.target) || !isForView(event)) return;
      event.preventDefault();
      setRevealed((shown) => !shown);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);

  return (
    <section className="card-detail" aria-label="Card">
      <article className="panel card-face" data-testid="card-preview">
        <header className="row">
          <Badge tone="accent">{card.type}</Badge>
          <span className="grow faint small truncate">{card.deck}</span>
          <Button aria-pressed={revealed} onClick={() => setRevealed(!revealed)}>
            {revealed ? 'Hide' : 'Reveal'}
          </Button>
        </header>
        <p className="card-front">
          <ClozeText text={card.front} revealed={revealed} />
        </p>
        <div className={revealed ? 'card-back' : 'card-back card-back-hidden'}>
          {revealed ? <p>{card.back}</p> : <p className="faint small">Space shows the answer.</p>}
        </div>
        {card.tags.length > 0 && (
          <ul className="row row-wrap card-tags" aria-label="Tags">
            {card.tags.map((tag) => (
              <li key={tag}>
                <Badge>{tag}</Badge>
              </li>
            ))}
          </ul>
        )}
      </article>
      <Provenance card={card} />
    </section>
  );
}

function Provenance({ card }: { card: Card }) {
  const { provenance } = card;
  const { navigated } = getState();
  const facts: readonly (readonly [string, ReactNode])[] = [
    ['Made', formatWhen(card.createdMs)],
    ['From', `${provenance.sourceName}, row ${provenance.row}`],
    ['Generator', provenance.generator],
    ['Model', provenance.model],
    ['Prompt', provenance.promptVersion],
    ['Parameters', <code key="p">{provenance.parameters}</code>],
    ['Answer', provenance.cached ? 'from the cache, nothing paid' : 'made in this run'],
    ['Note', <code key="n">{card.noteId}</code>],
  ];
  return (
    <section className="panel" aria-labelledby="provenance" data-testid="provenance">
      <div className="panel-head">
        <h2 id="provenance">Where it came from</h2>
        <div className="row">
          <Button tone="quiet" onClick={() => navigated({ view: 'cards', runId: provenance.runId })}>
            Cards of this run
          </Button>
          <Button icon="traces" onClick={() => navigated({ view: 'traces', traceId: provenance.traceId })}>
            Open trace
          </Button>
        </div>
      </div>
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
