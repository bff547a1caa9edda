/** Cards that a model makes anew for the windows: stopped where nobody waits any more, and known until they are taken. */
import type { RegeneratedCard } from '../../shared/prompt.ts';
import type { MadeAnew } from '../deck/madeAnew.ts';
import { createStoppable } from './stoppable.ts';

type Request = { readonly cardId: number; readonly wish: string };
export type Regenerate = (
  request: Request,
  signal: AbortSignal,
) => Promise<RegeneratedCard & { readonly made: MadeAnew }>;

/** Of those that nobody has taken yet. */
const MAX_KEPT = 100;

export function createAnewCards(regenerate: Regenerate) {
  const asking = createStoppable<number>();
  const kept = new Map<string, MadeAnew>();

  return {
    /** What was asked and answered stays here. @throws TracedeckError `cancelled`, and what `regenerate` throws */
    async ask(request: Request): Promise<RegeneratedCard> {
      const { made, ...card } = await asking.run(request.cardId, (signal) => regenerate(request, signal));
      kept.set(made.traceId, made);
      if (kept.size > MAX_KEPT) kept.delete(kept.keys().next().value!);
      return card;
    },

    stop: asking.stop,

    /** The call that a card was made by. */
    made: (traceId: string | undefined): MadeAnew | undefined =>
      traceId === undefined ? undefined : kept.get(traceId),
  };
}
