/** The command line as data. Bad usage throws `UsageError`, which the program turns into exit code 2. */
import { parseArgs } from 'node:util';
import { didYouMean, nearestNames } from '../../shared/nearestNames.ts';
import { build, COMMON, text, unknown, UsageError } from './commandArguments.ts';
import type { ParsedCommand } from './commandArguments.ts';
import { DECK_OPTIONS, parseDeckCommand, type DeckCommand } from './deckArguments.ts';
import { GENERATE, parseGenerate, type GenerateCommand } from './generateArguments.ts';
import { parseTrace, TRACE_OPTIONS, type TraceCommand } from './traceArguments.ts';

export type Command =
  | GenerateCommand
  | TraceCommand
  | DeckCommand
  | { readonly name: 'runs list' }
  | { readonly name: 'runs resume'; readonly runId: string | null; readonly retryFailed: boolean }
  | { readonly name: 'cards list'; readonly deck: string | null; readonly runId: string | null }
  | { readonly name: 'doctor' }
  | { readonly name: 'demo' }
  | { readonly name: 'version' }
  /** `about` names the command it is asked for, or is empty. */
  | { readonly name: 'help'; readonly about: string };
export type CommandLine = ParsedCommand<Command>;

const CARDS = { deck: { type: 'string' }, run: { type: 'string' } } as const;
const VERSION = { version: { type: 'boolean' } } as const;

/** @throws UsageError with a message for the user */
export function parseCommandLine(given: readonly string[], nowMs = Date.now()): CommandLine {
  // A statement may begin with a comment: `-- The slowest operations` is no option.
  const args = given.map((arg) => (/^--\s/.test(arg) ? `\n${arg}` : arg));
  // A lenient first look finds the command's words, wherever the options stand.
  const every = { ...COMMON, ...GENERATE, ...TRACE_OPTIONS, ...DECK_OPTIONS, ...CARDS, ...VERSION };
  const { positionals, values } = parseArgs({ args: [...args], options: every, strict: false });
  const words = positionals[0] === 'help' ? positionals.slice(1) : positionals;
  const [first = '', second] = words;
  const about = words.slice(0, TWO_WORDS.has(first) ? 2 : Number(ONE_WORD.includes(first))).join(' ');
  if (positionals.length === 0 && values.version === true) {
    return { command: { name: 'version' }, json: false, dataDir: null };
  }
  if (first === '' || words !== positionals || values.help === true) {
    return { command: { name: 'help', about }, json: false, dataDir: null };
  }
  try {
    return parseCommand(args, first, second, nowMs);
  } catch (error) {
    if (error instanceof UsageError) error.about ||= about;
    throw error;
  }
}

const TWO_WORDS = new Set(['runs', 'cards', 'trace', 'backup', 'study', 'models']);
const ONE_WORD = ['generate', 'decks', 'export', 'import', 'push', 'undo', 'doctor', 'demo', 'help'];

function unknownCommand(word: string): UsageError {
  const near = nearestNames(word, [...ONE_WORD, ...TWO_WORDS]);
  return new UsageError(`Unknown command '${word}'.${didYouMean(near)}`);
}

function parseCommand(
  args: readonly string[],
  first: string,
  second: string | undefined,
  nowMs: number,
): CommandLine {
  const ofDeck = parseDeckCommand(args, first, second);
  if (ofDeck !== null) return ofDeck;
  switch (first) {
    case 'generate':
      return parseGenerate(args);
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
      if (second !== 'list') throw unknown('cards', second, ['list', 'find']);
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
      throw unknownCommand(first);
  }
}
