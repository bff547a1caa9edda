import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Card } from '../../../../shared/card.ts';
import type { CardSearch, FoundCards } from '../../../../shared/deck.ts';
import type { CallError } from '../../../../shared/ipc.ts';
import { getApi, toCallError } from '../../../api.ts';

/** Cards are read in blocks of so many, as they come into sight. */
const BLOCK = 100;
/** Blocks that are kept; the farthest from sight go first. */
const MAX_BLOCKS = 60;

export type CardResults = {
  /** `null` before the first answer. */
  readonly found: FoundCards | null;
  readonly fault: CallError | null;
  /** The card at a place of the list; `undefined` while it is being read. */
  readonly cardAt: (index: number) => Card | undefined;
  /** Sees to it that the cards of these places are read. */
  readonly need: (from: number, to: number) => void;
  readonly reload: () => void;
};

/** All ids that a search finds, and the cards around what is looked at. */
export function useFoundCards(search: CardSearch, version: number): CardResults {
  const [found, setFound] = useState<FoundCards | null>(null);
  const [fault, setFault] = useState<CallError | null>(null);
  const [again, setAgain] = useState(0);
  const [, redraw] = useState(0);
  const blocks = useRef(new Map<number, readonly (Card | undefined)[]>());
  const asked = useRef(new Set<number>());
  /** Blocks of an earlier state of the deck: shown until they are read again. */
  const outdated = useRef(new Set<number>());
  const generation = useRef(0);
  const key = JSON.stringify(search);

  useEffect(() => {
    const mine = (generation.current += 1);
    getApi()
      .findCards(JSON.parse(key) as CardSearch)
      .then(
        (answer) => {
          if (mine !== generation.current) return;
          asked.current.clear();
          outdated.current = new Set(blocks.current.keys());
          setFound((before) => {
            const isSame = before !== null && sameIds(before.ids, answer.ids);
            if (!isSame) {
              blocks.current.clear();
              outdated.current.clear();
            }
            return answer;
          });
          setFault(null);
        },
        (thrown: unknown) => mine === generation.current && setFault(toCallError(thrown)),
      );
  }, [key, version, again]);

  const ids = found?.ids;
  const need = useCallback(
    (from: number, to: number) => {
      if (ids === undefined) return;
      const last = Math.min(ids.length - 1, to);
      for (let block = Math.floor(from / BLOCK); block <= Math.floor(last / BLOCK); block += 1) {
        const isKnown = blocks.current.has(block) && !outdated.current.has(block);
        if (isKnown || asked.current.has(block)) continue;
        asked.current.add(block);
        const mine = generation.current;
        const wanted = [...ids.subarray(block * BLOCK, (block + 1) * BLOCK)];
        getApi()
          .cardsById({ cardIds: wanted })
          .then(
            (cards) => {
              if (mine !== generation.current) return;
              const byId = new Map(cards.map((card) => [card.cardId, card]));
              blocks.current.set(
                block,
                wanted.map((id) => byId.get(id)),
              );
              outdated.current.delete(block);
              forget(blocks.current, block);
              redraw((count) => count + 1);
            },
            (thrown: unknown) => {
              asked.current.delete(block);
              if (mine === generation.current) setFault(toCallError(thrown));
            },
          );
      }
    },
    [ids],
  );
  const cardAt = useCallback(
    (index: number) => blocks.current.get(Math.floor(index / BLOCK))?.[index % BLOCK],
    [],
  );
  const reload = useCallback(() => setAgain((count) => count + 1), []);
  return useMemo(() => ({ found, fault, cardAt, need, reload }), [found, fault, cardAt, need, reload]);
}

function sameIds(a: Uint32Array, b: Uint32Array): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index]);
}

function forget(blocks: Map<number, unknown>, near: number): void {
  if (blocks.size <= MAX_BLOCKS) return;
  const farthest = [...blocks.keys()].reduce((a, b) => (Math.abs(a - near) >= Math.abs(b - near) ? a : b));
  blocks.delete(farthest);
}
