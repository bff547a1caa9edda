import { INVISIBLE } from '../../shared/invisible.ts';

/** Plain ASCII without control characters: nothing to clean but the ends. */
const PLAIN = /^[\x20-\x7e]*$/;
const EDGES = /^[\s\u200c-\u200f]+|[\s\u200c-\u200f]+$/g;

/** NFC, without invisible dirt, trimmed. Line ends become `\n`. */
export function cleanText(text: string): string {
  if (PLAIN.test(text)) return text.trim();
  return text.replace(/\r\n?/g, '\n').replace(INVISIBLE, '').replace(EDGES, '').normalize('NFC');
}
