/**
 * A trace's place between 0 and 2^32 by its id, as OpenTelemetry's `TraceIdRatioBased` computes it: its four words
 * XORed. One random word among them is enough, so it does not matter which half also names a span.
 */
export function traceWord(traceId: string): number {
  let result = 0;
  for (let at = 0; at < 32; at += 8) {
    let word = 0;
    for (let digit = at; digit < at + 8; digit += 1) {
      const code = traceId.charCodeAt(digit);
      word = (word << 4) | (code < 58 ? code - 48 : (code | 32) - 87);
    }
    result ^= word;
  }
  return result >>> 0;
}

/** Traces whose word lies below this are the share `ratio`. */
export function ratioBound(ratio: number): number {
  if (!(ratio > 0)) return 0;
  return ratio >= 1 ? 2 ** 32 : Math.floor(ratio * 0xff_ff_ff_ff);
}

/**
 * Mixes a word so that a second choice by the same id is independent of the first: otherwise the tenth that the
 * head sampler leaves would be the very tenth that the tail sampler keeps. Finaliser of MurmurHash3.
 */
export function mixWord(word: number): number {
  let mixed = word;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85_eb_ca_6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2_b2_ae_35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
