/** The command line as data. Bad usage throws `UsageError`, which the program turns into exit code 2. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { GENERATORS, type GeneratorId } from '../../shared/run.ts';

export class UsageError extends Error {}

export type GenerateCommand = {
  readonly name: 'generate';
  /** `-` for standard input. */
  readonly file: string;
  readonly deck: string | null;
  readonly generator: GeneratorId | null;
  readonly termLanguage: string | null;
  readonly meaningLanguage: string | null;
  readonly concurrency: number | null;
  readonly limit: number | null;
  readonly out: string | null;
  readonly baseUrl: string | null;
  readonly model: string | null;
};
export type Command =
  | GenerateCommand
  | { readonly name: 'runs list' }
  | { readonly name: 'runs resume'; readonly runId: string | null; readonly retryFailed: boolean }
  | { readonly name: 'trace list'; readonly limit: number | null }
  | { readonly name: 'trace show'; readonly traceId: string }
  | { readonly name: 'cards list'; readonly deck: string | null; readonly runId: string | null }
  | { readonly name: 'doctor' }
  | { readonly name: 'demo' }
  | { readonly name: 'help' };
export type CommandLine = {
  readonly command: Command;
  readonly json: boolean;
  readonly dataDir: string | null;
};

export const USAGE = `Tracedeck: vocabulary lists into flashcards, every run a trace.

Usage: npm run -s cli -- <command> [options]

  generate <file|->        make cards of a list (CSV, TSV, one term a line; - reads standard input)
      --deck NAME          the deck that takes the cards            (default: from the settings)
      --generator ID       ${GENERATORS.join(' or ')}                       (default: offline)
      --concurrency N      rows worked on at a time, 1 to 256       (default: 32)
      --limit N            only the first N rows
      --out FILE           also write the cards: .csv .tsv .json .md
      --term-language TAG, --meaning-language TAG                   (default: auto, en)
      --base-url URL, --model NAME    for --generator openai; the key comes from OPENAI_API_KEY
  runs list                all runs, newest first
  runs resume [RUN]        go on with a run (default: the newest unfinished); --retry-failed takes failed rows again
  cards list               all cards; --deck NAME, --run RUN
  trace list               stored traces, newest first; --limit N
  trace show TRACE         one trace as a waterfall (an unambiguous beginning of its id will do)
  demo                     the bundled sample list in a throw-away data folder
  doctor                   checks the installation and the data folder

Everywhere: --json prints data for programs, --data-dir DIR keeps everything elsewhere (or TRACEDECK_DATA_DIR).
Exit code: 0 all rows are cards or stated, 1 some failed, 2 bad usage or an unreadable file.`;

const COMMON = {
  json: { type: 'boolean' },
  'data-dir': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;
const GENERATE = {
  deck: { type: 'string' },
  generator: { type: 'string' },
  concurrency: { type: 'string' },
  limit: { type: 'string' },
  out: { type: 'string' },
  'term-language': { type: 'string' },
  'meaning-language': { type: 'string' },
  'base-url': { type: 'string' },
  model: { type: 'string' },
} as const;
const CARDS = { deck: { type: 'string' }, run: { type: 'string' } } as const;

/** @throws UsageError with a message for the user */
export function parseCommandLine(args: readonly string[]): CommandLine {
  // A lenient first look finds the command's words, wherever the options stand.
  const every = { ...COMMON, ...GENERATE, ...CARDS };
  const { positionals, values } = parseArgs({ args: [...args], options: every, strict: false });
  const [first, second] = positionals;
  if (first === undefined || first === 'help' || values.help === true) {
    return { command: { name: 'help' }, json: false, dataDir: null };
  }
  switch (first) {
    case 'generate':
      return build(args, GENERATE, 1, 1, ([file = ''], values) => ({
        name: 'generate',
        file,
        deck: text(values.deck, '--deck'),
        generator: oneOf(values.generator, GENERATORS, '--generator'),
        termLanguage: text(values['term-language'], '--term-language'),
        meaningLanguage: text(values['meaning-language'], '--meaning-language'),
        concurrency: integer(values.concurrency, '--concurrency', 1, 256),
        limit: integer(values.limit, '--limit', 1, Number.MAX_SAFE_INTEGER),
        out: text(values.out, '--out'),
        baseUrl: text(values['base-url'], '--base-url'),
        model: text(values.model, '--model'),
      }));
    case 'runs':
      if (second === 'list') return build(args, {}, 2, 0, () => ({ name: 'runs list' }));
      if (second === 'resume') {
        const options = { 'retry-failed': { type: 'boolean' } } as const;
        return build(args, options, 2, [0, 1], ([runId], values) => ({
          name: 'runs resume',
          runId: runId ?? null,
          retryFailed: values['retry-failed'] === true,
        }));
      }
      throw unknown('runs', second, ['list', 'resume']);
    case 'trace':
      if (second === 'list') {
        return build(args, { limit: { type: 'string' } } as const, 2, 0, (_, values) => ({
          name: 'trace list',
          limit: integer(values.limit, '--limit', 1, 10_000),
        }));
      }
      if (second === 'show') {
        return build(args, {}, 2, 1, ([traceId = '']) => {
          if (!/^[0-9a-f]{4,32}$/.test(traceId))
            throw new UsageError(`'${traceId}' is no trace id: 4 to 32 hex digits.`);
          return { name: 'trace show', traceId };
        });
      }
      throw unknown('trace', second, ['list', 'show']);
    case 'cards':
      if (second !== 'list') throw unknown('cards', second, ['list']);
      return build(args, CARDS, 2, 0, (_, values) => ({
        name: 'cards list',
        deck: text(values.deck, '--deck'),
        runId: text(values.run, '--run'),
      }));
    case 'doctor':
      return build(args, {}, 1, 0, () => ({ name: 'doctor' }));
    case 'demo':
      return build(args, {}, 1, 0, () => ({ name: 'demo' }));
    default:
      throw new UsageError(`Unknown command '${first}'.`);
  }
}

type Values = Readonly<Record<string, string | boolean | undefined>>;

/** @param words how many words name the command; @param operands how many follow, or the least and the most */
function build(
  args: readonly string[],
  options: NonNullable<ParseArgsConfig['options']>,
  words: number,
  operands: number | readonly [number, number],
  make: (operands: readonly string[], values: Values) => Command,
): CommandLine {
  let parsed: { values: Values; positionals: string[] };
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...COMMON, ...options },
      allowPositionals: true,
    });
    // No option of ours may be repeated, so no value is a list.
    parsed = { values: values as Values, positionals };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  const given = parsed.positionals.slice(words);
  const [least, most] = typeof operands === 'number' ? [operands, operands] : operands;
  const command = parsed.positionals.slice(0, words).join(' ');
  if (given.length < least)
    throw new UsageError(`'${command}' needs ${least === 1 ? 'one argument' : `${least} arguments`}.`);
  if (given.length > most) throw new UsageError(`'${command}' does not take '${given[most]}'.`);
  return {
    command: make(given, parsed.values),
    json: parsed.values.json === true,
    dataDir: text(parsed.values['data-dir'], '--data-dir'),
  };
}

function unknown(command: string, word: string | undefined, known: readonly string[]): UsageError {
  const list = known.join(' or ');
  return new UsageError(
    word === undefined ? `'${command}' wants ${list}.` : `'${command} ${word}' is unknown: ${list}.`,
  );
}

function text(value: string | boolean | undefined, name: string): string | null {
  if (value === undefined) return null;
  if (typeof value !== 'string' || value.trim() === '') throw new UsageError(`${name} wants a value.`);
  return value;
}

function integer(value: string | boolean | undefined, name: string, min: number, max: number): number | null {
  if (value === undefined) return null;
  const number = Number(value);
  if (typeof value === 'string' && /^\d+$/.test(value) && number >= min && number <= max) return number;
  const range = max === Number.MAX_SAFE_INTEGER ? `of ${min} or more` : `from ${min} to ${max}`;
  throw new UsageError(`${name} wants a whole number ${range}, not '${value}'.`);
}

function oneOf<T extends string>(
  value: string | boolean | undefined,
  known: readonly T[],
  name: string,
): T | null {
  if (value === undefined) return null;
  const found = known.find((candidate) => candidate === value);
  if (found === undefined) throw new UsageError(`${name} is ${known.join(' or ')}, not '${value}'.`);
  return found;
}
