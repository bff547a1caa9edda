import { useState } from 'react';
import type { DeckNode, TagCount } from '../../../../shared/deck.ts';
import { formatCount } from '../../../../shared/units.ts';
import { Button } from '../../../ui/Button.tsx';
import { Menu } from '../../../ui/Menu.tsx';
import { DeckNameDialog } from './DeckNameDialog.tsx';
import { removeDeck } from './deckActions.ts';

type Props = {
  readonly decks: readonly DeckNode[];
  readonly tags: readonly TagCount[];
  readonly deck: string | null;
  readonly onDeck: (deck: string | null) => void;
  readonly onTag: (tag: string) => void;
};

/** Tags that are listed; the search finds the others. */
const MAX_TAGS = 200;

/** Decks and tags to narrow the list by. */
export function DeckSidebar({ decks, tags, deck, onDeck, onTag }: Props) {
  const [naming, setNaming] = useState<{ readonly rename: string | null } | null>(null);
  const top = decks.filter(({ name }) => !name.includes('::'));
  const total = top.reduce((sum, node) => sum + node.cardCount, 0);
  return (
    <nav className="panel deck-side" aria-label="Decks and tags">
      <header className="row">
        <h2 className="grow">Decks</h2>
        <Button tone="quiet" icon="plus" iconOnly onClick={() => setNaming({ rename: null })}>
          New deck
        </Button>
      </header>
      <ul>
        <li>
          <DeckButton
            name="All decks"
            count={total}
            depth={0}
            isChosen={deck === null}
            onClick={() => onDeck(null)}
          />
        </li>
        {decks.map((node) => {
          const path = node.name.split('::');
          return (
            <li key={node.name} className="deck-side-row">
              <DeckButton
                name={path.at(-1) ?? node.name}
                full={node.name}
                count={node.cardCount}
                depth={path.length - 1}
                isChosen={node.name === deck}
                onClick={() => onDeck(node.name)}
              />
              <Menu
                // The name is a text of its own: what a click is called leaves it out.
                label={<>More for {node.name}</>}
                name={`More for ${node.name}`}
                icon="more"
                iconOnly
                tone="quiet"
                items={[
                  { id: 'rename', label: 'Rename or move…', run: () => setNaming({ rename: node.name }) },
                  {
                    id: 'remove',
                    label: 'Delete with its cards',
                    run: () => void removeDeck(node.name, () => onDeck(null)),
                  },
                ]}
              />
            </li>
          );
        })}
      </ul>
      {tags.length > 0 && (
        <details open>
          <summary data-action="Tags">
            Tags <span className="small faint">by notes</span>
          </summary>
          <ul>
            {tags.slice(0, MAX_TAGS).map(({ tag, notes }) => (
              <li key={tag}>
                <DeckButton name={tag} count={notes} depth={0} isChosen={false} onClick={() => onTag(tag)} />
              </li>
            ))}
          </ul>
          {tags.length > MAX_TAGS && (
            <p className="small faint">{formatCount(tags.length - MAX_TAGS)} more; search by tag:…</p>
          )}
        </details>
      )}
      {naming !== null && (
        <DeckNameDialog
          rename={naming.rename}
          onDone={(name) => {
            setNaming(null);
            if (name !== null) onDeck(name);
          }}
        />
      )}
    </nav>
  );
}

type ButtonProps = {
  readonly name: string;
  readonly full?: string;
  readonly count: number;
  readonly depth: number;
  readonly isChosen: boolean;
  readonly onClick: () => void;
};

function DeckButton({ name, full, count, depth, isChosen, onClick }: ButtonProps) {
  return (
    <button
      type="button"
      className="deck-side-button"
      aria-current={isChosen ? 'true' : undefined}
      data-action="Narrow the cards"
      title={full ?? name}
      style={{ paddingInlineStart: 8 + depth * 14 }}
      onClick={onClick}
    >
      <span className="truncate grow" dir="auto">
        {name}
      </span>
      <span className="num faint small">{formatCount(count)}</span>
    </button>
  );
}
