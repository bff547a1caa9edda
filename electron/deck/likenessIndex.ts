/**
 * Which texts are like another, in memory. Likeness is the Sørensen–Dice coefficient of the sets of character bigrams:
 * twice the shared ones over all of both. Of a term with its meaning it is the mean of the two, so that neither homonyms
 * nor synonyms count as the same.
 *
 * Short texts are found by their bigrams, every one that is like enough. Any longer text shares most bigrams with all
 * texts of its language: those are found by their rarest trigrams, and the best few hundred compared.
 */

/** What is compared, folded by the caller; `meaning` is `null` where the text stands for itself. */
export type Saying = {
  readonly noteId: number;
  readonly cardId: number;
  readonly text: string;
  readonly meaning: string | null;
};
export type NearNote = { readonly noteId: number; readonly cardId: number; readonly similarity: number };

/** What is found by its term alone may be so much less like it: the meaning can make up for the rest. */
const TERM_NEAR = 0.5;
/** In bigrams. Texts of up to twice and from half of it are found either way. */
const LONG = 24;
/** Of a long text so many trigrams are looked up, the rarest ones, and of what has them so many texts compared. */
const RARE_SHARE = 0.6;
const COMPARED_MAX = 300;

type Grams = ReadonlySet<number>;
type List = { ids: Uint32Array; length: number };

export function createLikenessIndex() {
  const byBigram = new Map<number, List>();
  const byTrigram = new Map<number, List>();
  const entriesOf = new Map<number, number[]>();
  /** Removed ones stay in the lists, unseen. */
  const sayings: (Saying | null)[] = [];
  let sizes = new Uint16Array(1024);
  /** Scratch: how often a text was met; zeros between questions. */
  let shared = new Uint16Array(1024);
  let removed = 0;

  /** All texts that have enough of the bigrams, and how many they share. */
  function withBigrams(grams: Grams, floor: number): readonly number[] {
    const lists = rarestFirst(grams, byBigram);
    // A text that is like enough shares so many bigrams at least, so one of the rarest ones: the common ones need only
    // count for those that were met by then.
    const least = Math.ceil((floor * grams.size) / (2 - floor));
    const rare = lists.length - least + 1;
    const met: number[] = [];
    for (const [at, { ids, length }] of lists.entries()) {
      if (at < rare) meet(ids, length, met);
      else if (met.length * 16 < length) {
        for (const id of met) if (has(ids, length, id)) shared[id] = shared[id]! + 1;
      } else {
        for (let i = 0; i < length; i += 1) {
          const id = ids[i]!;
          if (shared[id]! > 0) shared[id] = shared[id]! + 1;
        }
      }
    }
    return met;
  }

  /** Texts that share most of the rarest trigrams. */
  function withTrigrams(text: string): number[] {
    const grams = trigramsOf(text);
    const lists = rarestFirst(grams, byTrigram).slice(0, Math.ceil(grams.size * RARE_SHARE));
    const met: number[] = [];
    for (const { ids, length } of lists) meet(ids, length, met);
    const least = Math.max(2, lists.length / 4);
    const best = met.filter((id) => shared[id]! >= least).sort((a, b) => shared[b]! - shared[a]!);
    for (const id of met) shared[id] = 0;
    return best.slice(0, COMPARED_MAX);
  }

  function meet(ids: Uint32Array, length: number, met: number[]): void {
    for (let i = 0; i < length; i += 1) {
      const id = ids[i]!;
      const times = shared[id]!;
      if (times === 0) met.push(id);
      shared[id] = times + 1;
    }
  }

  return {
    add(saying: Saying): void {
      const id = sayings.length;
      if (id === sizes.length) {
        sizes = grown(sizes, new Uint16Array(id * 2));
        shared = new Uint16Array(id * 2);
      }
      const grams = bigramsOf(saying.text);
      sayings.push(saying);
      sizes[id] = grams.size;
      const entries = entriesOf.get(saying.noteId);
      if (entries) entries.push(id);
      else entriesOf.set(saying.noteId, [id]);
      if (grams.size <= LONG * 2) enter(byBigram, grams, id);
      if (grams.size >= LONG / 2) enter(byTrigram, trigramsOf(saying.text), id);
    },

    remove(noteId: number): void {
      for (const id of entriesOf.get(noteId) ?? []) {
        sayings[id] = null;
        removed += 1;
      }
      entriesOf.delete(noteId);
    },

    /** More than half of it is dead weight: time to make it anew. */
    isWorn: () => removed > 1000 && removed > sayings.length / 2,

    /** What of other notes is like it, in no order. */
    near(asked: Saying, threshold: number): NearNote[] {
      const grams = bigramsOf(asked.text);
      const ofMeaning = asked.meaning === null ? null : bigramsOf(asked.meaning);
      const floor = ofMeaning === null ? threshold : TERM_NEAR;
      const found: NearNote[] = [];
      const compare = (id: number, sharedGrams: number | null) => {
        const saying = sayings[id];
        if (!saying || saying.noteId === asked.noteId) return;
        const { noteId, cardId, text, meaning } = saying;
        let similarity =
          sharedGrams === null ? dice(grams, bigramsOf(text)) : (2 * sharedGrams) / (grams.size + sizes[id]!);
        if (similarity < floor) return;
        if (ofMeaning !== null && meaning !== null) {
          if ((similarity + 1) / 2 < threshold) return;
          const ofMeanings = meaning === asked.meaning ? 1 : dice(ofMeaning, bigramsOf(meaning));
          similarity = (similarity + ofMeanings) / 2;
        }
        if (similarity >= threshold) found.push({ noteId, cardId, similarity });
      };
      if (grams.size > LONG) for (const id of withTrigrams(asked.text)) compare(id, null);
      else {
        for (const id of withBigrams(grams, floor)) {
          const times = shared[id]!;
          shared[id] = 0;
          compare(id, times);
        }
      }
      return found;
    },
  };
}

/** Every two neighbouring characters, beginning and end included, each once. */
function bigramsOf(text: string): Set<number> {
  const grams = new Set<number>();
  let before = 0x20;
  for (let at = 0; at <= text.length; at += 1) {
    const code = at < text.length ? text.charCodeAt(at) : 0x20;
    grams.add(before * 0x10000 + code);
    before = code;
  }
  return grams;
}

/** Every three, as hashes of 30 bits: what they find is compared anyway. */
function trigramsOf(text: string): Set<number> {
  const grams = new Set<number>();
  for (let at = 0; at + 2 < text.length; at += 1) {
    const pair = Math.imul(text.charCodeAt(at), 0x9e37) + text.charCodeAt(at + 1);
    grams.add((Math.imul(pair, 0x85eb_ca6b) + text.charCodeAt(at + 2)) & 0x3fff_ffff);
  }
  return grams;
}

function dice(a: Grams, b: Grams): number {
  let both = 0;
  for (const gram of a) if (b.has(gram)) both += 1;
  return (2 * both) / (a.size + b.size);
}

function rarestFirst(grams: Grams, lists: ReadonlyMap<number, List>): List[] {
  const found: List[] = [];
  for (const gram of grams) {
    const list = lists.get(gram);
    if (list) found.push(list);
  }
  return found.sort((a, b) => a.length - b.length);
}

function enter(lists: Map<number, List>, grams: Grams, id: number): void {
  for (const gram of grams) {
    let list = lists.get(gram);
    if (!list) lists.set(gram, (list = { ids: new Uint32Array(2), length: 0 }));
    else if (list.length === list.ids.length)
      list.ids = grown(list.ids, new Uint32Array(Math.ceil(list.length * 1.5) + 1));
    list.ids[list.length] = id;
    list.length += 1;
  }
}

/** Whether the rising `ids` have one; lists grow at their end alone. */
function has(ids: Uint32Array, length: number, wanted: number): boolean {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ids[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low < length && ids[low] === wanted;
}

function grown<T extends Uint16Array | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
