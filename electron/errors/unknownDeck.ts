import { didYouMean, nearestNames } from '../../shared/nearestNames.ts';
import { TracedeckError } from './tracedeckError.ts';

/**
 * Whether there is a deck of this name, or one below it.
 * @param known names of all decks
 */
export function isKnownDeck(name: string, known: readonly string[]): boolean {
  const wanted = name.normalize('NFC');
  return known.some((one) => one === wanted || one.startsWith(`${wanted}::`));
}

/** `deck_unknown`, with the names that are nearest to what was typed. */
export function unknownDeck(name: string, known: readonly string[]): TracedeckError {
  return new TracedeckError('user', 'deck_unknown', `There is no deck ${name}.`, {
    hint: `${didYouMean(nearestNames(name, known))} The names of all: npm run -s cli -- decks`.trimStart(),
  });
}
