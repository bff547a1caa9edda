/** Texts by number, in the order in which they were first seen. */
export type Interner = {
  readonly texts: readonly string[];
  numberOf(text: string): number;
};

export function createInterner(): Interner {
  const texts: string[] = [];
  const numbers = new Map<string, number>();
  return {
    texts,
    numberOf(text) {
      let no = numbers.get(text);
      if (no === undefined) {
        numbers.set(text, (no = texts.length));
        texts.push(text);
      }
      return no;
    },
  };
}
