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

  it('reads the commands over traces', () => {
    const nowMs = 1_790_000_000_000;
    const read = (...args: string[]) => parseCommandLine(['trace', ...args], nowMs).command;
    expect(read('import', 'a.json', 'b.gz')).toEqual({ name: 'trace import', files: ['a.json', 'b.gz'] });
    expect(read('export', '0123abcd', '--to', 'x.html')).toEqual({
      name: 'trace export',
      traceId: '0123abcd',
      query: null,
      fromMs: null,
      limit: null,
      to: 'x.html',
      format: 'html',
      columns: [],
    });
    expect(
      read(
        'export',
        '--query',
        'a = 1',
        '--to',
        '-',
        '--format',
        'csv',
        '--since',
        '2h',
        '--columns',
        'x, y',
      ),
    ).toMatchObject({ query: 'a = 1', format: 'csv', fromMs: nowMs - 7_200_000, columns: ['x', 'y'] });
    expect(read('query', 'status = error', '--signal', 'spans', '--limit', '9')).toEqual({
      name: 'trace query',
      query: 'status = error',
      signal: 'spans',
      fromMs: null,
      limit: 9,
    });
    expect(read('stats', '--by', 'version', '--since', '2026-09-01')).toMatchObject({
      query: '',
      by: 'version',
      fromMs: Date.parse('2026-09-01'),
    });
    expect(read('diff', 'abcd', 'name = x')).toMatchObject({ a: 'abcd', b: 'name = x' });
    expect(read('tail')).toEqual({ name: 'trace tail', query: '' });
    expect(read('receive')).toEqual({ name: 'trace receive', http: null, grpc: null });
    expect(read('receive', '--grpc', '14317')).toEqual({ name: 'trace receive', http: null, grpc: 14_317 });
    expect(() => read('receive', '--http', '70000')).toThrow('--http wants a whole number from 1 to 65535');
    expect(read('sql', 'SELECT 1')).toEqual({ name: 'trace sql', sql: 'SELECT 1', limit: null });
    expect(read('unpin', 'abcd')).toEqual({ name: 'trace pin', traceId: 'abcd', pinned: false });
  });

  it('guesses the form of an export by its file', () => {
    const formatOf = (to: string) =>
      (parseCommandLine(['trace', 'export', 'abcd', '--to', to]).command as { format: string }).format;
    expect(
      [
        'a.json',
        'a.otlp.json',
        'a.JSONL',
        'a.jaeger.json',
        'a.trace.json',
        'a.speedscope.json',
        'a.csv',
        'a.htm',
        'a.md',
      ].map(formatOf),
    ).toEqual(['otlp', 'otlp', 'otlp-jsonl', 'jaeger', 'chrome', 'speedscope', 'csv', 'html', 'llm']);
  });

  it('says what is wrong with a command over traces', () => {
    expect(usageOf('trace')).toContain("'trace' wants list or show");
    expect(usageOf('trace export abcd')).toContain('--to');
    expect(usageOf('trace export --to a.json')).toContain('one of them');
    expect(usageOf('trace export abcd --query x --to a.json')).toContain('one of them');
    expect(usageOf('trace export abcd --to -')).toContain('--format is needed');
    expect(usageOf('trace export abcd --to a.json --format xml')).toContain('--format is otlp or');
    expect(usageOf('trace query x --since yesterday')).toContain('--since wants a time');
    expect(usageOf('trace stats --by day')).toContain('--by is operation or');
    expect(usageOf('trace import')).toContain('needs one argument');
    expect(usageOf('trace pin zzzz')).toContain('is no trace id');
    expect(usageOf('trace diff abcd')).toContain('needs 2 arguments');
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
