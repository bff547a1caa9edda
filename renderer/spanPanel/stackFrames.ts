/** A stack trace as lines, with those that are none of the program's own told apart. */
export type StackPart =
  | { readonly kind: 'line'; readonly text: string; readonly isFrame: boolean }
  /** Lines of a runtime or a library, one after the other. */
  | { readonly kind: 'folded'; readonly lines: readonly string[] };

const FRAME = /^\s*(?:at\s|File "|#\d+\s|\S+@\S+:\d+:\d+$|\S+\(.*\.(?:java|kt|scala|cs):\d+\)$)/;
/** Node's internals, installed packages and anonymous natives; of other runtimes their standard places. */
const FOREIGN =
  /(?:\(|\s)node:|[\\/]node_modules[\\/]|\(<anonymous>\)$|[\\/]site-packages[\\/]|[\\/]lib[\\/]python|\bat (?:java|javax|sun|jdk|kotlin|scala)\.|\bSystem\.|[\\/]go[\\/]src[\\/]|[\\/]rustc[\\/]/;
/** Fewer in a row are shown: folding would take as much room. */
const MIN_FOLDED = 2;

export function stackParts(stack: string): readonly StackPart[] {
  const found: StackPart[] = [];
  let foreign: string[] = [];
  const flush = () => {
    if (foreign.length >= MIN_FOLDED) found.push({ kind: 'folded', lines: foreign });
    else for (const text of foreign) found.push({ kind: 'line', text, isFrame: true });
    foreign = [];
  };
  for (const text of stack.split(/\r?\n/)) {
    if (text.trim() === '') continue;
    const isFrame = FRAME.test(text);
    if (isFrame && FOREIGN.test(text)) foreign.push(text.trim());
    else {
      flush();
      found.push({ kind: 'line', text: isFrame ? text.trim() : text, isFrame });
    }
  }
  flush();
  return found;
}
