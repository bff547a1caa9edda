import { describe, expect, it } from 'vitest';
import { parseCommandLine, UsageError } from '../../../electron/terminal/commandLine.ts';

const parse = (line: string) => parseCommandLine(line.split(' ').filter((word) => word !== ''));
const usageOf = (line: string): string => {
  try {
    parse(line);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return 'accepted';
};

describe('the command line', () => {
  it('reads a whole generate command, options before and after the file', () => {
    expect(
      parse(
        '--data-dir /d generate words.csv --deck 한국어 --generator openai --concurrency 8 --limit 5 --out a.tsv --json',
      ),
    ).toEqual({
      json: true,
      dataDir: '/d',
      command: {
        name: 'generate',
        file: 'words.csv',
        deck: '한국어',
        generator: 'openai',
        termLanguage: null,
        meaningLanguage: null,
        concurrency: 8,
        limit: 5,
        out: 'a.tsv',
        baseUrl: null,
        model: null,
      },
    });
  });

  it('takes - as standard input', () => {
    expect(parse('generate -').command).toMatchObject({ name: 'generate', file: '-' });
  });

  it('reads the commands of two words', () => {
    expect(parse('runs list').command).toEqual({ name: 'runs list' });
    expect(parse('runs resume').command).toEqual({ name: 'runs resume', runId: null, retryFailed: false });
    expect(parse('runs resume abc --retry-failed').command).toMatchObject({
      runId: 'abc',
      retryFailed: true,
    });
    expect(parse('trace list').command).toEqual({ name: 'trace list', limit: null });
    expect(parse('trace show 0123abcd --json')).toMatchObject({
      json: true,
      command: { traceId: '0123abcd' },
    });
    expect(parse('cards list --deck D').command).toEqual({ name: 'cards list', deck: 'D', runId: null });
  });

  it('shows help for no command, help and --help', () => {
    for (const line of ['', 'help', '--help', 'generate --help', '-h']) {
      expect(parse(line).command, line).toEqual({ name: 'help' });
    }
  });

  it.each([
    ['generate', "'generate' needs one argument."],
    ['generate a.csv b.csv', "'generate' does not take 'b.csv'."],
    ['generate a.csv --concurrency 0', "--concurrency wants a whole number from 1 to 256, not '0'."],
    ['generate a.csv --concurrency many', "--concurrency wants a whole number from 1 to 256, not 'many'."],
    ['generate a.csv --limit -3', undefined],
    ['generate a.csv --limit 1e3', "--limit wants a whole number of 1 or more, not '1e3'."],
    ['generate a.csv --generator gpt', "--generator is offline or openai, not 'gpt'."],
    ['generate a.csv --colour', undefined],
    ['generate a.csv --deck=', '--deck wants a value.'],
    ['publish', "Unknown command 'publish'."],
    ['runs', "'runs' wants list or resume."],
    ['runs stop', "'runs stop' is unknown: list or resume."],
    ['trace show xyz', "'xyz' is no trace id: 4 to 32 hex digits."],
    ['cards add', "'cards add' is unknown: list."],
    ['doctor now', "'doctor' does not take 'now'."],
  ])('refuses `%s`', (line, message) => {
    const said = usageOf(line);
    expect(said).not.toBe('accepted');
    if (message !== undefined) expect(said).toBe(message);
  });
});
