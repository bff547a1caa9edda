/** Commands about decks and cards as data: taking them out and in, pushing, backups, figures. */
import { extname } from 'node:path';
import { CARD_SORTS, type CardSort } from '../../shared/cardSorts.ts';
import {
  DECK_FORMATS,
  deckNameSchema,
  sheetSchema,
  type DeckFormat,
  type SheetChoice,
} from '../../shared/deck.ts';
import { GENERATORS, type GeneratorId } from '../../shared/run.ts';
import { build, integer, oneOf, text, unknown, UsageError } from './commandArguments.ts';
import type { ParsedCommand } from './commandArguments.ts';

export type BackupCommand =
  | { readonly name: 'backup list' }
  | { readonly name: 'backup now' }
  /** A backup's name or the beginning of it. */
  | { readonly name: 'backup restore'; readonly backup: string };
export type DeckCommand =
  | BackupCommand
  | {
      readonly name: 'export';
      readonly to: string;
      readonly format: DeckFormat;
      /** `null` for all. */
      readonly deck: string | null;
      readonly runId: string | null;
      readonly query: string;
      readonly scheduling: boolean;
      readonly media: boolean;
      /** Only of a table: with Anki's header lines. */
      readonly anki: boolean;
      /** Only of a sheet. */
      readonly sheet: SheetChoice;
    }
  | { readonly name: 'import'; readonly file: string; readonly deck: string | null }
  | {
      readonly name: 'push';
      /** `null` for all. */
      readonly deck: string | null;
      readonly plan: boolean;
      readonly overwrite: boolean;
    }
  | { readonly name: 'decks' }
  | {
      readonly name: 'cards find';
      readonly query: string;
      readonly deck: string | null;
      readonly sort: CardSort;
      readonly limit: number | null;
    }
  | { readonly name: 'study stats'; readonly deck: string | null; readonly days: number }
  | { readonly name: 'undo' }
  | { readonly name: 'models test'; readonly generator: GeneratorId | null };
export type DeckCommandOf<Name extends DeckCommand['name']> = Extract<DeckCommand, { readonly name: Name }>;

const DECK = { deck: { type: 'string' } } as const;
const EXPORT = {
  ...DECK,
  to: { type: 'string' },
  run: { type: 'string' },
  query: { type: 'string' },
  scheduling: { type: 'boolean' },
  'no-media': { type: 'boolean' },
  'no-anki': { type: 'boolean' },
  layout: { type: 'string' },
  paper: { type: 'string' },
} as const;
const PUSH = {
  ...DECK,
  all: { type: 'boolean' },
  plan: { type: 'boolean' },
  overwrite: { type: 'boolean' },
} as const;
const FIND = { ...DECK, sort: { type: 'string' }, limit: { type: 'string' } } as const;
const STATS = { ...DECK, days: { type: 'string' } } as const;
const MODELS = { generator: { type: 'string' } } as const;
/** Of all of them together, for the first look at a line. */
export const DECK_OPTIONS = { ...EXPORT, ...PUSH, ...FIND, ...STATS, ...MODELS } as const;

const MAX_DAYS = 3650;
const DEFAULT_DAYS = 30;

/** `null` for a command that is none of these. */
export function parseDeckCommand(
  args: readonly string[],
  first: string,
  second: string | undefined,
): ParsedCommand<DeckCommand> | null {
  switch (first) {
    case 'export':
      return build<DeckCommand>(args, EXPORT, 1, 0, (_, values) => {
        const to = text(values.to, '--to');
        if (to === null) throw new UsageError("'export' wants --to FILE.");
        const format = formatOf(to);
        const { layout, paper } = sheetSchema.shape;
        const which = {
          deck: text(values.deck, '--deck'),
          runId: text(values.run, '--run'),
          query: text(values.query, '--query') ?? '',
        };
        checkFits(values, format);
        if (format === 'colpkg' && (which.deck !== null || which.runId !== null || which.query !== ''))
          throw new UsageError('.colpkg is all decks: it takes no --deck, --run or --query. Write an .apkg.');
        return {
          name: 'export',
          to,
          format,
          ...which,
          scheduling: values.scheduling === true || format === 'colpkg',
          media: values['no-media'] !== true,
          anki: values['no-anki'] !== true,
          sheet: {
            layout: oneOf(values.layout, layout.unwrap().options, '--layout') ?? 'list',
            paper: oneOf(values.paper, paper.unwrap().options, '--paper') ?? 'a4',
          },
        };
      });
    case 'import':
      return build<DeckCommand>(args, DECK, 1, 1, ([file = ''], values) => {
        if (file === '-') throw new UsageError("'import' reads a file: a package is not read as it comes.");
        const deck = text(values.deck, '--deck');
        if (deck !== null) checkDeckName(deck);
        return { name: 'import', file, deck };
      });
    case 'push':
      return build<DeckCommand>(args, PUSH, 1, 0, (_, values) => {
        const deck = text(values.deck, '--deck');
        if ((deck === null) === (values.all !== true))
          throw new UsageError("'push' wants --deck NAME, or --all, one of them.");
        return { name: 'push', deck, plan: values.plan === true, overwrite: values.overwrite === true };
      });
    case 'backup':
      if (second === undefined || second === 'list')
        return build<DeckCommand>(args, {}, second === undefined ? 1 : 2, 0, () => ({ name: 'backup list' }));
      if (second === 'now') return build<DeckCommand>(args, {}, 2, 0, () => ({ name: 'backup now' }));
      if (second === 'restore')
        return build<DeckCommand>(args, {}, 2, 1, ([backup = '']) => ({ name: 'backup restore', backup }));
      throw unknown('backup', second, ['list', 'now', 'restore']);
    case 'decks':
      return build<DeckCommand>(args, {}, 1, 0, () => ({ name: 'decks' }));
    case 'undo':
      return build<DeckCommand>(args, {}, 1, 0, () => ({ name: 'undo' }));
    case 'cards':
      if (second !== 'find') return null;
      return build<DeckCommand>(args, FIND, 2, 1, ([query = ''], values) => ({
        name: 'cards find',
        query,
        deck: text(values.deck, '--deck'),
        sort: oneOf(values.sort, CARD_SORTS, '--sort') ?? 'newest',
        limit: integer(values.limit, '--limit', 1, Number.MAX_SAFE_INTEGER),
      }));
    case 'study':
      if (second !== 'stats') throw unknown('study', second, ['stats']);
      return build<DeckCommand>(args, STATS, 2, 0, (_, values) => ({
        name: 'study stats',
        deck: text(values.deck, '--deck'),
        days: integer(values.days, '--days', 1, MAX_DAYS) ?? DEFAULT_DAYS,
      }));
    case 'models':
      if (second !== 'test') throw unknown('models', second, ['test']);
      return build<DeckCommand>(args, MODELS, 2, 0, (_, values) => ({
        name: 'models test',
        generator: oneOf(values.generator, GENERATORS, '--generator'),
      }));
    default:
      return null;
  }
}

/** Options that only some forms have. */
const FORMATS_OF: Readonly<Record<string, readonly DeckFormat[]>> = {
  scheduling: ['apkg', 'colpkg', 'json'],
  'no-anki': ['csv', 'tsv'],
  layout: ['html', 'pdf'],
  paper: ['html', 'pdf'],
};

/** @throws UsageError */
function checkFits(values: Readonly<Record<string, unknown>>, format: DeckFormat): void {
  for (const [option, formats] of Object.entries(FORMATS_OF)) {
    if (values[option] === undefined || formats.includes(format)) continue;
    throw new UsageError(`--${option} goes with .${formats.join(' and .')} alone.`);
  }
}

function formatOf(path: string): DeckFormat {
  const extension = extname(path).slice(1).toLowerCase();
  // As Anki calls such a table.
  if (extension === 'txt') return 'tsv';
  const format = DECK_FORMATS.find((known) => known === extension);
  if (format !== undefined) return format;
  throw new UsageError(`--to wants a file that ends in .${DECK_FORMATS.join(', .')}, not '${path}'.`);
}

/** A deck that may have to be made. */
function checkDeckName(deck: string): void {
  if (!deckNameSchema.safeParse(deck).success)
    throw new UsageError('--deck takes a name of at most 200 characters.');
  if (deck.split('::').some((part) => part.trim() === ''))
    throw new UsageError("--deck has a part without a name: decks below others are written 'Korean::Food'.");
}
