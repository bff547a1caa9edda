/**
 * Our notetypes in Anki. Everything that Anki tells notes and notetypes apart by stands here for ever: ids, names, the
 * order and number of fields and templates, and the ids of each. What may change is CSS and template text; raise
 * `NOTETYPES_MOD` then, and Anki takes the new ones over. Card types that come later go through `basic`.
 */
import type { CardType } from '../../shared/card.ts';
import type { AnkiField, AnkiNotetype, AnkiTemplate } from './ankiTypes.ts';

/** Seconds; later than that of any version before. */
const NOTETYPES_MOD = 1_764_000_000;

const TERM_ID = 1_764_000_000_101;
const CLOZE_ID = 1_764_000_000_102;
const BASIC_ID = 1_764_000_000_103;

/** The card types with sides of their own on a note's term, in the order of their templates. */
export const TERM_TYPES = [
  'recognition',
  'production',
  'reading',
  'usage',
  'comparison',
  'characters',
  'homonyms',
  'basic',
] as const satisfies readonly CardType[];
export type TermType = (typeof TERM_TYPES)[number];

/** `front` and `back` of TERM_TYPES[i] are fields 1 + 2i and 2 + 2i. */
export const TERM_FIELDS = [
  'Term',
  'Recognition front',
  'Recognition back',
  'Production front',
  'Production back',
  'Reading front',
  'Reading back',
  'Usage front',
  'Usage back',
  'Comparison front',
  'Comparison back',
  'Characters front',
  'Characters back',
  'Homonyms front',
  'Homonyms back',
  'Basic front',
  'Basic back',
  'Quote',
  'Source',
  'Id',
  'Data',
] as const;
export const CLOZE_FIELDS = ['Text', 'Back', 'Term', 'Quote', 'Source', 'Id', 'Data'] as const;
export const BASIC_FIELDS = ['Front', 'Back', 'Type', 'Term', 'Quote', 'Source', 'Id', 'Data'] as const;

const CSS = `.card {
  font-family: 'Noto Sans', 'Noto Sans CJK KR', 'Noto Sans CJK JP', 'Noto Sans CJK SC', 'Apple SD Gothic Neo',
    'Hiragino Sans', 'PingFang SC', 'Malgun Gothic', 'Yu Gothic', 'Microsoft YaHei', system-ui, sans-serif;
  font-size: 22px;
  line-height: 1.5;
  color: #1c2024;
  background: #fdfdfc;
  max-width: 40em;
  margin: 0 auto;
  padding: 1em;
  overflow-wrap: anywhere;
}
.front, .back { text-align: center; white-space: pre-wrap; unicode-bidi: plaintext; }
.front { font-size: 1.25em; }
.term, .quote, .source { font-size: 0.75em; color: #646b73; text-align: center; white-space: pre-wrap; unicode-bidi: plaintext; }
.term { margin-bottom: 1em; }
.quote { margin-top: 1.5em; border-inline-start: 3px solid #cdd3da; padding-inline-start: 0.75em; text-align: start; }
.source { margin-top: 0.5em; }
hr#answer { border: 0; border-top: 1px solid #d7dce1; margin: 1.25em 0; }
.cloze { font-weight: 700; color: #0a66c2; }
ruby rt { font-size: 0.5em; }
img { max-width: 100%; height: auto; }
.nightMode.card, .nightMode .card { color: #e6e8ea; background: #1b1d20; }
.nightMode .term, .nightMode .quote, .nightMode .source { color: #9aa2ab; }
.nightMode .quote { border-color: #43494f; }
.nightMode hr#answer { border-color: #3a4046; }
.nightMode .cloze { color: #7cb7ff; }
`;

const ORIGIN = `{{#Quote}}<div class="quote" dir="auto">{{Quote}}</div>{{/Quote}}{{#Source}}<div class="source" dir="auto">{{Source}}</div>{{/Source}}`;
const LATEX_PRE = `\\documentclass[12pt]{article}
\\special{papersize=3in,5in}
\\usepackage[utf8]{inputenc}
\\usepackage{amssymb,amsmath}
\\pagestyle{empty}
\\setlength{\\parindent}{0in}
\\begin{document}
`;

function fields(notetypeId: number, names: readonly string[]): AnkiField[] {
  return names.map((name, index) => ({
    name,
    rtl: false,
    extra: {
      // Anki tells fields apart by it where they were renamed.
      id: notetypeId + 1000 + index,
      sticky: false,
      font: 'Arial',
      size: 20,
      description: '',
      plainText: false,
      // What only the program reads is folded away in Anki's editor.
      collapsed: name === 'Id' || name === 'Data',
      excludeFromSearch: name === 'Data',
      tag: null,
      preventDeletion: false,
    },
  }));
}

function template(
  notetypeId: number,
  index: number,
  name: string,
  front: string,
  back: string,
): AnkiTemplate {
  const extra = { id: notetypeId + 2000 + index, bqfmt: '', bafmt: '', did: null, bfont: '', bsize: 0 };
  return { name, front, back, extra };
}

function notetype(
  id: number,
  name: string,
  kind: AnkiNotetype['kind'],
  fieldNames: readonly string[],
  templates: readonly AnkiTemplate[],
  required: readonly (readonly [number, 'any' | 'all' | 'none', readonly number[]])[],
): AnkiNotetype {
  const extra = {
    sortf: 0,
    did: null,
    latexPre: LATEX_PRE,
    latexPost: '\\end{document}',
    latexsvg: false,
    req: required,
  };
  return { id, name, kind, mod: NOTETYPES_MOD, fields: fields(id, fieldNames), templates, css: CSS, extra };
}

function side(field: string, kind: 'front' | 'back'): string {
  return `<div class="${kind}" dir="auto">{{${field}}}</div>`;
}

/** A term with at most one card of each type; a card is there when its front is. */
export const TERM_NOTETYPE = notetype(
  TERM_ID,
  'Tracedeck term',
  'standard',
  TERM_FIELDS,
  TERM_TYPES.map((type, index) => {
    const name = type[0]!.toUpperCase() + type.slice(1);
    const front = `{{#${name} front}}${side(`${name} front`, 'front')}{{/${name} front}}`;
    const back = `{{FrontSide}}<hr id=answer>${side(`${name} back`, 'back')}${ORIGIN}`;
    return template(TERM_ID, index, name, front, back);
  }),
  TERM_TYPES.map((_, index) => [index, 'all', [1 + 2 * index]] as const),
);

export const CLOZE_NOTETYPE = notetype(
  CLOZE_ID,
  'Tracedeck cloze',
  'cloze',
  CLOZE_FIELDS,
  [
    template(
      CLOZE_ID,
      0,
      'Cloze',
      side('cloze:Text', 'front'),
      `${side('cloze:Text', 'front')}{{#Back}}<hr id="answer">${side('Back', 'back')}{{/Back}}${ORIGIN}`,
    ),
  ],
  [[0, 'any', [0]]],
);

/** One more card of a type that the term has already, or of one that it has no fields for. */
export const BASIC_NOTETYPE = notetype(
  BASIC_ID,
  'Tracedeck basic',
  'standard',
  BASIC_FIELDS,
  [
    template(
      BASIC_ID,
      0,
      'Card',
      side('Front', 'front'),
      `{{FrontSide}}<hr id=answer>${side('Back', 'back')}${ORIGIN}`,
    ),
  ],
  [[0, 'all', [0]]],
);

export const OWN_NOTETYPES = [TERM_NOTETYPE, CLOZE_NOTETYPE, BASIC_NOTETYPE] as const;
export type OwnKind = 'term' | 'cloze' | 'basic';
const KINDS: readonly OwnKind[] = ['term', 'cloze', 'basic'];

/**
 * Which of our notetypes this is. By id; or by name and fields, as AnkiConnect gives models ids of its own, and Anki
 * adds a few characters to a name that is taken. `null` where it is none, or its fields were changed.
 */
export function ownKindOf(candidate: Pick<AnkiNotetype, 'id' | 'name' | 'fields'>): OwnKind | null {
  const index = OWN_NOTETYPES.findIndex(
    (own) =>
      (own.id === candidate.id || candidate.name === own.name || candidate.name.startsWith(`${own.name}-`)) &&
      own.fields.length === candidate.fields.length &&
      own.fields.every((field, at) => field.name === candidate.fields[at]!.name),
  );
  return KINDS[index] ?? null;
}
