/**
 * Characters that carry no text: controls (tab and newline stay), soft hyphen, zero-width space, word joiner, byte order
 * mark, and the bidi embeddings and isolates that turn a whole card around when left open. LRM, RLM, ZWJ and ZWNJ stay:
 * Persian, Hindi and emoji are spelled with them.
 */
export const INVISIBLE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069]/g;
