/** The words and options of one command, checked. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { didYouMean, nearestNames } from '../../shared/nearestNames.ts';

/** Bad usage, in words for the user. */
export class UsageError extends Error {
  /** The command whose help tells more: `trace export`, `trace`; empty for that of all. */
  about = '';
}

/** A command with what every command takes. */
export type ParsedCommand<C> = {
  readonly command: C;
  readonly json: boolean;
  readonly dataDir: string | null;
};

export const COMMON = {
  json: { type: 'boolean' },
  'data-dir': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

export type Values = Readonly<Record<string, string | boolean | undefined>>;

/** @param words how many words name the command; @param operands how many follow, or the least and the most */
export function build<C>(
  args: readonly string[],
  options: NonNullable<ParseArgsConfig['options']>,
  words: number,
  operands: number | readonly [number, number],
  make: (operands: readonly string[], values: Values) => C,
): ParsedCommand<C> {
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
    throw new UsageError(faultOf(error, Object.keys({ ...COMMON, ...options })));
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

/** What is wrong with an option in one line: Node's words go on about operands that nobody meant. */
function faultOf(error: unknown, known: readonly string[]): string {
  const message = error instanceof Error ? error.message : String(error);
  const [, option = ''] = /'(?:-\w, )?(-[^\s']*)/.exec(message) ?? [];
  if (message.startsWith('Unknown option')) {
    if (!option.startsWith('--')) {
      return `Unknown option '${option}'. A word that begins with a dash stands behind two: -- -word.`;
    }
    const near = nearestNames(option.slice(2), known).map((name) => `--${name}`);
    return `Unknown option '${option}'.${didYouMean(near)}`;
  }
  if (message.includes('argument missing')) return `${option} wants a value.`;
  if (message.includes('ambiguous')) {
    return `${option} wants a value; one that begins with a dash follows an equals sign: ${option}=-x.`;
  }
  return message;
}

/** A command's second word that there is none of. Its error is about the first. */
export function unknown(command: string, word: string | undefined, known: readonly string[]): UsageError {
  const list = known.length < 2 ? known.join('') : `${known.slice(0, -1).join(', ')} or ${known.at(-1)}`;
  const error = new UsageError(
    word === undefined
      ? `'${command}' wants ${list}.`
      : `'${command} ${word}' is unknown: ${list}.${didYouMean(nearestNames(word, known))}`,
  );
  error.about = command;
  return error;
}

export function text(value: string | boolean | undefined, name: string): string | null {
  if (value === undefined) return null;
  if (typeof value !== 'string' || value.trim() === '') throw new UsageError(`${name} wants a value.`);
  return value;
}

export function integer(
  value: string | boolean | undefined,
  name: string,
  min: number,
  max: number,
): number | null {
  if (value === undefined) return null;
  const number = Number(value);
  if (typeof value === 'string' && /^\d+$/.test(value) && number >= min && number <= max) return number;
  const range = max === Number.MAX_SAFE_INTEGER ? `of ${min} or more` : `from ${min} to ${max}`;
  throw new UsageError(`${name} wants a whole number ${range}, not '${value}'.`);
}

export function oneOf<T extends string>(
  value: string | boolean | undefined,
  known: readonly T[],
  name: string,
): T | null {
  if (value === undefined) return null;
  const found = known.find((candidate) => candidate === value);
  if (found === undefined) throw new UsageError(`${name} is ${known.join(' or ')}, not '${value}'.`);
  return found;
}
