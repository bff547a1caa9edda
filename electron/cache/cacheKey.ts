/** What makes two requests the same request. */
import { hash } from 'node:crypto';
import type { CacheRequest } from '../pipeline/ports.ts';

/** Part of every key: a new number forgets all stored answers, for when their form changes. */
const FORMAT = 'tracedeck-answer-1';

/**
 * SHA-256, as 64 hex digits, of everything that decides an answer. The input is brought to NFC first, so that
 * text typed on different systems is one entry.
 *
 * Each part is written as `<length>:<part>` in a fixed order, so no two different requests give the same text
 * (`'a' + 'bc'` and `'ab' + 'c'` differ), and hashed as UTF-16, which unlike UTF-8 keeps lone surrogates apart.
 */
export function cacheKey({ stage, identity, input }: CacheRequest): string {
  const { generator, model, promptVersion, parameters } = identity;
  const text =
    part(FORMAT) +
    part(stage) +
    part(generator) +
    part(model) +
    part(promptVersion) +
    part(parameters) +
    part(input.normalize('NFC'));
  return hash('sha256', Buffer.from(text, 'utf16le'), 'hex');
}

function part(text: string): string {
  return `${text.length}:${text}`;
}
