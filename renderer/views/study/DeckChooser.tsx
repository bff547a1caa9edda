import { useState } from 'react';
import type { DeckNode } from '../../../shared/deck.ts';
import type { StudyMode } from '../../../shared/study.ts';
import { countOf, formatCount } from '../../../shared/units.ts';
import { proposedIn } from '../../derive/proposedIn.ts';
import { StackBar } from '../../charts/StackBar.tsx';
import { getState, useStore } from '../../store/index.ts';
import { selectDeckTree } from '../../store/selectors.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Menu } from '../../ui/Menu.tsx';
import { DeckOptionsDialog } from './DeckOptionsDialog.tsx';

const start = (deck: string | null, mode: StudyMode) =>
  getState().navigated({ view: 'study', mode, ...(deck === null ? {} : { deck }) });

/** Every deck with what it has for today. */
export function DeckChooser() {
  const decks = useStore(selectDeckTree);
  const [optionsOf, setOptionsOf] = useState<string | null>(null);
  if (decks.length === 0) {
    return (
      <EmptyState
        icon="study"
        title="Nothing to study yet"
        actions={
          <>
            <Button tone="primary" onClick={() => getState().navigated({ view: 'generate' })}>
              Generate cards
            </Button>
            <Button onClick={() => getState().navigated({ view: 'cards' })}>Import a deck</Button>
          </>
        }
      >
        Cards that you generate or import are asked here, when they are due.
      </EmptyState>
    );
  }
  const top = decks.filter(({ name }) => !name.includes('::'));
  const total = (pick: (deck: DeckNode) => number) => top.reduce((sum, deck) => sum + pick(deck), 0);
  const due = total(dueOf);
  const proposed = proposedIn(decks, null);
  const most = Math.max(1, ...decks.map(dueOf));
  return (
    <>
      <section className="panel study-today" aria-label="Today">
        <div>
          <p className="study-due">
            <strong className="num">{formatCount(due)}</strong> {due === 1 ? 'card' : 'cards'} for today
          </p>
          {proposed > 0 && (
            <button
              type="button"
              className="link small"
              data-action="Review new cards"
              onClick={() => getState().navigated({ view: 'cards', mode: 'review' })}
            >
              {countOf(proposed, 'new card')} to review before {proposed === 1 ? 'it is' : 'they are'} asked
            </button>
          )}
        </div>
        <Button tone="primary" large icon="study" disabled={due === 0} onClick={() => start(null, 'due')}>
          Study all decks
        </Button>
      </section>
      <section className="panel" aria-labelledby="study-decks">
        <div className="panel-head">
          <h2 id="study-decks">Decks</h2>
          <ul className="legend small" aria-hidden="true">
            <li>
              <span className="study-new" />
              new
            </li>
            <li>
              <span className="study-learning" />
              learning
            </li>
            <li>
              <span className="study-review" />
              to review
            </li>
          </ul>
        </div>
        <table className="table study-decks">
          <thead>
            <tr>
              <th scope="col">Deck</th>
              <th scope="col" className="study-bar" aria-hidden="true" />
              <th scope="col" className="right">
                New
              </th>
              <th scope="col" className="right">
                Learning
              </th>
              <th scope="col" className="right">
                Review
              </th>
              <th scope="col">
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {decks.map((deck) => (
              <DeckRow key={deck.name} deck={deck} most={most} onOptions={() => setOptionsOf(deck.name)} />
            ))}
          </tbody>
        </table>
      </section>
      {optionsOf !== null && <DeckOptionsDialog deck={optionsOf} onClose={() => setOptionsOf(null)} />}
    </>
  );
}

const dueOf = (deck: DeckNode) => deck.newCount + deck.learningCount + deck.reviewCount;

type RowProps = { readonly deck: DeckNode; readonly most: number; readonly onOptions: () => void };

function DeckRow({ deck, most, onOptions }: RowProps) {
  const path = deck.name.split('::');
  const due = dueOf(deck);
  return (
    <tr>
      <th scope="row">
        <button
          type="button"
          className="link study-name"
          data-action="Study a deck"
          style={{ paddingInlineStart: (path.length - 1) * 18 }}
          aria-label={`Study ${deck.name}`}
          onClick={() => start(deck.name, 'due')}
        >
          {path.at(-1)}
        </button>
        <span className="small faint"> {countOf(deck.cardCount, 'card')}</span>
      </th>
      <td className="study-bar">
        <StackBar
          most={most}
          parts={[
            { name: 'new', colour: '--chart-3', value: deck.newCount },
            { name: 'learning', colour: '--chart-2', value: deck.learningCount },
            { name: 'review', colour: '--chart-1', value: deck.reviewCount },
          ]}
        />
      </td>
      <td className="right num">{formatCount(deck.newCount)}</td>
      <td className="right num">{formatCount(deck.learningCount)}</td>
      <td className="right num">{formatCount(deck.reviewCount)}</td>
      <td className="right">
        <Menu
          label="More"
          name={`More for ${deck.name}`}
          tone="quiet"
          alignEnd
          items={[
            {
              id: 'due',
              label: 'Study what is due',
              disabled: due === 0,
              run: () => start(deck.name, 'due'),
            },
            {
              id: 'ahead',
              label: 'Look ahead',
              note: 'Cards that are not due yet; the schedule stays as it is.',
              run: () => start(deck.name, 'ahead'),
            },
            {
              id: 'cram',
              label: 'Cram',
              note: 'All cards in any order; the schedule stays as it is.',
              run: () => start(deck.name, 'cram'),
            },
            {
              id: 'browse',
              label: 'Browse its cards',
              run: () => getState().navigated({ view: 'cards', deck: deck.name }),
            },
            { id: 'options', label: 'Options…', run: onOptions },
            {
              id: 'statistics',
              label: 'Statistics',
              run: () => getState().navigated({ view: 'study', tab: 'statistics', deck: deck.name }),
            },
          ]}
        />
      </td>
    </tr>
  );
}
