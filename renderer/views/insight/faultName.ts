import type { ErrorGroup } from '../../../shared/traceQuery.ts';

/** As many words of a message as tell it from others. */
const MAX_WORDS = 5;

/** What a fault is called: by its type, else by where it happens and how its message begins. */
export function faultName({ errorType, name, message }: ErrorGroup): string {
  if (errorType !== '') return errorType;
  const words = message.split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) return `${name}, no type`;
  const isCut = words.length > MAX_WORDS;
  return `${name}: ${words.slice(0, MAX_WORDS).join(' ')}${isCut ? ' …' : ''}`;
}
