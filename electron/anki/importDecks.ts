/** Descriptions and options of a package's decks: for decks that come with it, not for those that are here. */
import { isDeepStrictEqual } from 'node:util';
import type { StudySettings } from '../../shared/study.ts';
import type { AnkiDeck } from './ankiTypes.ts';
import type { CollectionReader } from './collectionReader.ts';
import { readOptions } from './deckOptions.ts';
import type { DeckRecords } from './deckRecords.ts';

export type DeckImport = {
  readonly package: Pick<CollectionReader, 'decks' | 'options' | 'used'>;
  readonly records: DeckRecords;
  /** Names of the decks that were here before the import. */
  readonly before: ReadonlySet<string>;
  /** Name of a deck here, by its name there. */
  readonly placeOf: (name: string) => string;
  /** Of a deck as it is now, of the program for `null`. */
  readonly settingsOf: (deck: string | null) => StudySettings;
  /** Makes a deck, or brings it back. */
  readonly makeDeck: (name: string) => void;
  readonly refuse: (reason: string) => void;
};

const PLAIN: AnkiDeck = {
  name: '',
  description: '',
  isMarkdown: false,
  optionsId: 1,
  newPerDay: null,
  reviewsPerDay: null,
  desiredRetention: null,
};

/**
 * Of decks that have cards in the package, and of those above them. Transactions are the caller's.
 *
 * What is as in a new collection of Anki's says nothing, and leaves a deck as the program has it.
 */
export function importDecks(target: DeckImport): void {
  const { records, before, placeOf, refuse } = target;
  const usual = readOptions(undefined, PLAIN).study;
  const done = new Set<string>();
  for (const deck of decksOf(target)) {
    const name = placeOf(deck.name);
    if (done.has(name)) continue;
    done.add(name);
    const options = deck.optionsId === null ? undefined : target.package.options.get(deck.optionsId);
    const { study, left } = readOptions(options, deck);
    const own = ownOf(study, usual, target.settingsOf(name), target.settingsOf(null));
    if (before.has(name)) {
      const here = records.find(name);
      if (Object.keys(own).length > 0) refuse(`The options of ${name}: the deck here keeps its own.`);
      if (deck.description !== '' && deck.description !== here.description) {
        refuse(`The description of ${name}: the deck here keeps its own.`);
      }
      continue;
    }
    if (left.length > 0) {
      refuse(
        `Of the options of ${name} these have no counterpart here and are kept for Anki: ${left.join(', ')}.`,
      );
    }
    const kept = left.length > 0 ? (options ?? null) : null;
    if (deck.description === '' && kept === null && Object.keys(own).length === 0) continue;
    target.makeDeck(name);
    records.put(name, { description: deck.description, isMarkdown: deck.isMarkdown, options: kept }, own);
  }
}

/** Those above come first: what they say counts for those below them. */
function decksOf({ package: from }: DeckImport): readonly AnkiDeck[] {
  const used = new Set<string>();
  for (const name of from.used().decks) {
    const parts = name.split('::');
    for (let length = 1; length <= parts.length; length += 1) used.add(parts.slice(0, length).join('::'));
  }
  const decks = [...from.decks.values()].filter(({ name }) => used.has(name));
  return decks.sort((a, b) => a.name.length - b.name.length || (a.name < b.name ? -1 : 1));
}

/** What the deck must say of its own to be studied as there. */
function ownOf(
  wanted: Partial<StudySettings>,
  usual: Partial<StudySettings>,
  above: StudySettings,
  program: StudySettings,
): Partial<StudySettings> {
  const own = Object.entries(wanted).filter(([key, value]) => {
    const name = key as keyof StudySettings;
    if (isDeepStrictEqual(value, above[name])) return false;
    return !isDeepStrictEqual(value, usual[name]) || !isDeepStrictEqual(above[name], program[name]);
  });
  return Object.fromEntries(own);
}
