/** The command line as data. Bad usage throws `UsageError`, which the program turns into exit code 2. */
import { parseArgs } from 'node:util';
import { GENERATORS, type GeneratorId } from '../../shared/run.ts';
import { build, COMMON, integer, oneOf, text, unknown, UsageError } from './commandArguments.ts';
import type { ParsedCommand } from './commandArguments.ts';
import { parseTrace, TRACE_OPTIONS, type TraceCommand } from './traceArguments.ts';

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
  | TraceCommand
  | { readonly name: 'runs list' }
  | { readonly name: 'runs resume'; readonly runId: string | null; readonly retryFailed: boolean }
  | { readonly name: 'cards list'; readonly deck: string | null; readonly runId: string | null }
  | { readonly name: 'doctor' }
  | { readonly name: 'demo' }
  /** `about` names the command it is asked for, or is empty. */
  | { readonly name: 'help'; readonly about: string };
export type CommandLine = ParsedCommand<Command>;

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
export function parseCommandLine(given: readonly string[], nowMs = Date.now()): CommandLine {
  // A statement may begin with a comment: `-- The slowest operations` is no option.
  const args = given.map((arg) => (/^--\s/.test(arg) ? `\n${arg}` : arg));
  // A lenient first look finds the command's words, wherever the options stand.
  const every = { ...COMMON, ...GENERATE, ...TRACE_OPTIONS, ...CARDS };
  const { positionals, values } = parseArgs({ args: [...args], options: every, strict: false });
  const words = positionals[0] === 'help' ? positionals.slice(1) : positionals;
  const [first = '', second] = words;
  const about = (TWO_WORDS.has(first) ? words.slice(0, 2) : words.slice(0, 1)).join(' ');
  if (first === '' || words !== positionals || values.help === true) {
    return { command: { name: 'help', about }, json: false, dataDir: null };
  }
  try {
    return parseCommand(args, first, second, nowMs);
  } catch (error) {
    if (error instanceof UsageError) error.about = about;
    throw error;
  }
}

const TWO_WORDS = new Set(['runs', 'cards', 'trace']);

function parseCommand(
  args: readonly string[],
  first: string,
  second: string | undefined,
  nowMs: number,
): CommandLine {
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
      return parseTrace(args, second, nowMs);
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
