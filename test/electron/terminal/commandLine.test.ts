import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../electron/terminal/commandArguments.ts';
import { parseCommandLine } from '../../../electron/terminal/commandLine.ts';
import { usageOf } from '../../../electron/terminal/usage.ts';

const parse = (line: string) => parseCommandLine(line.split(' ').filter((word) => word !== ''));
const faultOf = (line: string): string => {
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
        review: null,
        cardTypes: null,
        budget: null,
        budgetTokens: null,
        fill: false,
        promptAnalyse: null,
        promptWrite: null,
        estimate: false,
      },
    });
  });

  it('says what is wrong with an option in one line', () => {
    expect(faultOf('generate a.csv --lmit 3')).toBe("Unknown option '--lmit'. Did you mean --limit?");
    expect(faultOf('cards find -tag:fruit')).toBe(
      "Unknown option '-t'. A word that begins with a dash stands behind two: -- -word.",
    );
    expect(parse('cards find -- -tag:fruit').command).toMatchObject({ query: '-tag:fruit' });
    expect(faultOf('doctor --data-dir')).toBe('--data-dir wants a value.');
    expect(faultOf('trace list --limit -1')).toBe(
      '--limit wants a value; one that begins with a dash follows an equals sign: --limit=-x.',
    );
    expect(faultOf('doctor --json=yes')).toContain('does not take an argument');
  });

  it('tells its version where no command is named', () => {
    expect(parse('--version').command).toEqual({ name: 'version' });
    expect(parse('--version --help').command).toEqual({ name: 'version' });
    expect(faultOf('doctor --version')).toBe("Unknown option '--version'.");
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
      withLogs: false,
      withMetrics: false,
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
      order: 'newest',
      query: 'status = error',
      signal: 'spans',
      fromMs: null,
      limit: 9,
    });
    expect(read('export', 'abcd', '--to', 'a.json', '--metrics')).toMatchObject({ withMetrics: true });
    expect(read('query', 'x', '--sort', 'cost')).toMatchObject({ signal: 'traces', order: 'cost' });
    expect(read('stats', '--by', 'version', '--since', '2026-09-01')).toMatchObject({
      query: '',
      by: 'version',
      fromMs: Date.parse('2026-09-01'),
    });
    expect(read('diff', 'abcd', 'name = x')).toMatchObject({ a: 'abcd', b: 'name = x' });
    expect(read('tail')).toEqual({ name: 'trace tail', query: '' });
    expect(read('receive')).toEqual({ name: 'trace receive', http: null, grpc: null });
    expect(read('receive', '--grpc', '14317')).toEqual({ name: 'trace receive', http: null, grpc: 14_317 });
    expect(() => read('receive', '--http', '5000', '--grpc', '5000')).toThrow('want two ports');
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
    expect(faultOf('trace')).toContain("'trace' wants list, show,");
    expect(faultOf('trace export abcd')).toContain('--to');
    expect(faultOf('trace export --to a.json')).toContain('one of them');
    expect(faultOf('trace export abcd --query x --to a.json')).toContain('one of them');
    expect(faultOf('trace export abcd --to -')).toContain('--format is needed');
    expect(faultOf('trace export abcd --to a.json --format xml')).toContain('--format is otlp or');
    expect(faultOf('trace query x --sort size')).toContain('--sort is newest or longest or spans');
    expect(faultOf('trace query x --signal spans --sort cost')).toContain('--sort is newest or longest,');
    expect(faultOf('trace query x --since yesterday')).toContain('--since wants a time');
    expect(faultOf('trace stats --by day')).toContain('--by is operation or');
    expect(faultOf('trace import')).toContain('needs one argument');
    expect(faultOf('trace pin zzzz')).toContain('is no trace id');
    expect(faultOf('trace diff abcd')).toContain('needs 2 arguments');
  });

  it('shows help for no command, help and --help', () => {
    const about = (line: string) => parse(line).command;
    for (const line of ['', 'help', '--help', '-h'])
      expect(about(line), line).toEqual({ name: 'help', about: '' });
    expect(about('generate --help')).toEqual({ name: 'help', about: 'generate' });
    expect(about('help trace export')).toEqual({ name: 'help', about: 'trace export' });
    expect(about('trace export abcd -h')).toEqual({ name: 'help', about: 'trace export' });
  });

  it('tells of the command that was meant, and of all where none was', () => {
    const commandsIn = (words: string) =>
      usageOf(words)
        .match(/^ {2}\S.*?(?= {2})/gm)
        ?.map((line) => line.trim());
    expect(commandsIn('trace export')).toEqual(['trace export TRACE|--query Q --to FILE']);
    expect(usageOf('trace export')).toContain('--columns A,B');
    expect(commandsIn('trace unpin')).toEqual(['trace pin|unpin TRACE']);
    expect(commandsIn('runs')).toEqual(['runs list', 'runs resume [RUN]']);
    expect(commandsIn('publish')).toEqual(commandsIn(''));
    expect(commandsIn('runs stop')).toEqual(commandsIn('runs'));
    expect(commandsIn('')).toHaveLength(29);
    expect(() => parse('trace export abcd')).toThrow(expect.objectContaining({ about: 'trace export' }));
    expect(() => parse('runs stop')).toThrow(expect.objectContaining({ about: 'runs' }));
    expect(() => parse('publish')).toThrow(expect.objectContaining({ about: '' }));
  });

  it('takes ids in capitals, a question that asks for all, and more spans than traces', () => {
    const command = (...args: string[]) => parseCommandLine(['trace', ...args]).command;
    expect(command('show', 'ABCD')).toEqual({ name: 'trace show', traceId: 'abcd' });
    expect(command('export', '--query', '', '--to', 'a.json')).toMatchObject({ traceId: null, query: '' });
    expect(command('export', '--query', 'x', '--to', 'a.csv', '--limit', '100000')).toMatchObject({
      limit: 100_000,
    });
    expect(command('sql', '-- Slowest\nSELECT 1', '--limit', '5')).toMatchObject({
      sql: '\n-- Slowest\nSELECT 1',
      limit: 5,
    });
    expect(faultOf('trace export --query x --to a.json --limit 100000')).toContain('from 1 to 10000');
  });

  it.each([
    ['generate', "'generate' needs one argument."],
    ['generate a.csv b.csv', "'generate' does not take 'b.csv'."],
    ['generate a.csv --concurrency 0', "--concurrency wants a whole number from 1 to 256, not '0'."],
    ['generate a.csv --concurrency many', "--concurrency wants a whole number from 1 to 256, not 'many'."],
    ['generate a.csv --limit -3', undefined],
    ['generate a.csv --limit 1e3', "--limit wants a whole number of 1 or more, not '1e3'."],
    ['generate a.csv --generator gpt', "--generator is offline or openai or anthropic or local, not 'gpt'."],
    ['generate a.csv --colour', undefined],
    ['generate a.csv --deck=', '--deck wants a value.'],
    [
      'generate a.csv --term-language deutsch',
      "--term-language wants a language tag like ko, de or zh-Hant, not 'deutsch'.",
    ],
    [
      'generate a.csv --meaning-language auto',
      "--meaning-language wants a language tag like ko, de or zh-Hant, not 'auto'.",
    ],
    ['publish', "Unknown command 'publish'."],
    ['exprot --to a.csv', "Unknown command 'exprot'. Did you mean export?"],
    ['run list', "Unknown command 'run'. Did you mean runs?"],
    ['runs', "'runs' wants list or resume."],
    ['runs stop', "'runs stop' is unknown: list or resume."],
    ['runs resum', "'runs resum' is unknown: list or resume. Did you mean resume?"],
    ['backup restor x', "'backup restor' is unknown: list, now or restore. Did you mean restore?"],
    ['trace show xyz', "'xyz' is no trace id: 4 to 32 hex digits."],
    ['cards add', "'cards add' is unknown: list or find."],
    ['doctor now', "'doctor' does not take 'now'."],
  ])('refuses `%s`', (line, message) => {
    const said = faultOf(line);
    expect(said).not.toBe('accepted');
    if (message !== undefined) expect(said).toBe(message);
  });
});
