/** Cards that a model makes anew for the windows: stopped where nobody waits any more, and known until they are taken. */
import type { RegeneratedCard } from '../../shared/prompt.ts';
import type { MadeAnew } from '../deck/madeAnew.ts';

type Request = { readonly cardId: number; readonly wish: string };
export type Regenerate = (
  request: Request,
  signal: AbortSignal,
) => Promise<RegeneratedCard & { readonly made: MadeAnew }>;

/** Of those that nobody has taken yet. */
const MAX_KEPT = 100;

export function createAnewCards(regenerate: Regenerate) {
  const asking = new Map<number, AbortController>();
  const kept = new Map<string, MadeAnew>();

  return {
    /** What was asked and answered stays here. @throws TracedeckError `cancelled`, and what `regenerate` throws */
    async ask(request: Request): Promise<RegeneratedCard> {
      const stop = new AbortController();
      asking.set(request.cardId, stop);
      try {
        const { made, ...card } = await regenerate(request, stop.signal);
        kept.set(made.traceId, made);
        if (kept.size > MAX_KEPT) kept.delete(kept.keys().next().value!);
        return card;
      } finally {
        if (asking.get(request.cardId) === stop) asking.delete(request.cardId);
      }
    },

    /** Nothing where nothing is asked. */
    stop: (cardId: number): void => asking.get(cardId)?.abort(),

    /** The call that a card was made by. */
    made: (traceId: string | undefined): MadeAnew | undefined =>
      traceId === undefined ? undefined : kept.get(traceId),
  };
}
