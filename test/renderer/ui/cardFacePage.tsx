/** The page of the card faces' test: any card on request, and the cards that a search finds, block by block. */
import '../../../renderer/styles/tokens.css';
import '../../../renderer/styles/base.css';
import { useEffect, useState } from 'react';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';
import { CardFace } from '../../../renderer/ui/cardFace/CardFace.tsx';
import { useFoundCards } from '../../../renderer/views/cards/browse/useFoundCards.ts';
import type { CardResults } from '../../../renderer/views/cards/browse/useFoundCards.ts';
import type { Card } from '../../../shared/card.ts';

const root = createRoot(document.querySelector('#root')!);
const card = (front: string): Card => ({
  cardId: 1,
  noteId: 'n',
  deck: 'D',
  term: 't',
  type: 'basic',
  format: 'html',
  front,
  back: '',
  cloze: null,
  tags: [],
  status: 'accepted',
  suspended: false,
  flag: 0,
  quote: null,
  place: null,
  warnings: [],
  dueMs: null,
  createdMs: 0,
  modifiedMs: 0,
  provenance: null,
});

/** One side, and beside it what must not be touched by it. */
function show(front: string, css = '', patch: Partial<Card> = {}, revealed = false) {
  flushSync(() =>
    root.render(
      <main>
        <h1 id="title">Study</h1>
        <button type="button" className="card">
          Outside
        </button>
        <section id="face">
          <CardFace card={{ ...card(front), ...patch }} side="front" revealed={revealed} css={css} />
        </section>
      </main>,
    ),
  );
  const shadow = document.querySelector('.card-html > div')?.shadowRoot;
  return { html: shadow?.innerHTML ?? '', text: shadow?.textContent ?? '' };
}

/** What the search's hook asked, and what it holds. */
function found(count: number) {
  const asked: number[] = [];
  let finds = 0;
  let answer = Uint32Array.from({ length: count }, (_, index) => count - index);
  const now: { results?: CardResults; setVersion?: (version: number) => void } = {};
  Object.assign(window, {
    api: {
      findCards: async () => {
        finds += 1;
        return { ids: answer, tookMs: 1, problem: null };
      },
      cardsById: async ({ cardIds }: { cardIds: number[] }) => {
        asked.push(cardIds[0]!);
        return cardIds.map((cardId) => ({ ...card(`front ${cardId}`), cardId }));
      },
    },
  });
  function Search() {
    const [version, set] = useState(0);
    const [search] = useState({ query: '', deck: null, runId: null, sort: 'newest' as const });
    const latest = useFoundCards(search, version);
    useEffect(() => {
      Object.assign(now, { results: latest, setVersion: set });
    }, [latest]);
    return <p>{latest.found?.ids.length}</p>;
  }
  flushSync(() => root.render(<Search />));
  const settle = () => new Promise((done) => setTimeout(done, 5));
  return {
    settle,
    asked,
    finds: () => finds,
    need: (from: number, to: number) => now.results!.need(from, to),
    front: (at: number) => now.results!.cardAt(at)?.front,
    changed: (version: number, ids?: Uint32Array<ArrayBuffer>) => {
      answer = ids ?? answer;
      now.setVersion!(version);
    },
    held: () => {
      let held = 0;
      for (let at = 0; at < count; at += 100) if (now.results!.cardAt(at) !== undefined) held += 1;
      return held;
    },
  };
}

Object.assign(globalThis, { cardFacePage: { show, found } });
export type CardFacePage = { readonly show: typeof show; readonly found: typeof found };
