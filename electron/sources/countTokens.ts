import type { CountTokens } from './cutPassages.ts';

let loaded: Promise<CountTokens> | undefined;

/**
 * The tokenizer of the estimate (`ESTIMATE_ENCODING`), in the thread that reads the document: it counts a long book
 * in less time than the book takes to read, so nothing has to be guessed first.
 */
export function loadTokenCounter(): Promise<CountTokens> {
  loaded ??= import('gpt-tokenizer/encoding/o200k_base').then(({ countTokens, setMergeCacheSize }) => {
    setMergeCacheSize(5_000);
    // Text of the user's that looks like a control token is text.
    const options = { disallowedSpecial: new Set<string>() };
    return (text) => countTokens(text, options);
  });
  return loaded;
}
