/** What is to be typed for a card, where it asks for something that can be typed. */
import { readCloze } from '../../shared/cloze.ts';
import { onOneLine, plainText } from '../../shared/plainText.ts';
import type { CardRow } from './studySql.ts';

/** Longer answers are thought of, not typed. */
const MAX_TYPED = 120;
/** Anki's templates leave this in a rendered card. */
const TYPE_FIELD = /\[\[type:((?:nc:|cloze:)*)([^\]]+)\]\]/;

/**
 * A production card asks for its term, a cloze for what its gap hides, a reading card for the sound; a card of an
 * imported notetype for the field that its template names. `null` for all others, and where the answer is too long.
 *
 * @param fieldNames of the card's notetype; empty for our own
 */
export function expectedAnswer(card: CardRow, fieldNames: readonly string[]): string | null {
  const expected = (card.notetypeId === null ? ofOwn(card) : ofTemplate(card, fieldNames))?.trim() ?? '';
  return expected === '' || expected.length > MAX_TYPED || expected.includes('\n') ? null : expected;
}

function ofOwn({ type, front, back, term, cloze }: CardRow): string | null {
  const [line = ''] = back.split('\n');
  switch (type) {
    case 'cloze':
      return gapText(front, cloze);
    case 'production':
      // The first line unless it says more than the term.
      return line.includes(term) ? term : line;
    case 'reading': {
      const sound = /^\[([^\]]+)\]/.exec(line)?.[1] ?? line;
      // Nobody types IPA.
      return /^\/.*\/$|[ˈˌːəɪʊɛɔæŋʃʒθð]/u.test(sound) ? null : sound;
    }
    default:
      return null;
  }
}

function ofTemplate({ front, fields, cloze }: CardRow, names: readonly string[]): string | null {
  const asked = TYPE_FIELD.exec(front);
  if (asked === null || fields === null) return null;
  const values = JSON.parse(fields) as readonly string[];
  const value = values[names.indexOf(asked[2] ?? '')];
  if (value === undefined) return null;
  const text = onOneLine(plainText(value, { sound: '' }));
  return asked[1]?.includes('cloze:') ? gapText(text, cloze) : text;
}

function gapText(front: string, cloze: number | null): string | null {
  const gaps = readCloze(front, null).gaps.filter(({ number }) => cloze === null || number === cloze);
  const texts = [...new Set(gaps.map(({ text }) => text))];
  return texts.length === 0 ? null : texts.join(', ');
}
