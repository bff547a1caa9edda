/** Plain ASCII without control characters: nothing to clean but the ends. */
const PLAIN = /^[\x20-\x7e]*$/;
/**
 * Characters that carry no text: controls (tab and newline stay), soft hyphen, zero-width space, word joiner,
 * byte order mark, and the bidi embeddings and isolates that turn a whole card around when left open.
 * ZWJ and ZWNJ stay: Persian, Hindi and emoji are spelled with them.
 */
const DIRT = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069]/g;
const EDGES = /^[\s\u200c-\u200f]+|[\s\u200c-\u200f]+$/g;

/** NFC, without invisible dirt, trimmed. Line ends become `\n`. */
export function cleanText(text: string): string {
  if (PLAIN.test(text)) return text.trim();
  return text.replace(/\r\n?/g, '\n').replace(DIRT, '').replace(EDGES, '').normalize('NFC');
}
