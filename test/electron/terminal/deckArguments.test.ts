import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../electron/terminal/commandArguments.ts';
import { parseCommandLine } from '../../../electron/terminal/commandLine.ts';
import { usageOf } from '../../../electron/terminal/usage.ts';

const words = (line: string) => line.split(' ').filter((word) => word !== '');
const parse = (line: string) => parseCommandLine(words(line)).command;
const faultOf = (line: string): string => {
  try {
    parse(line);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return 'accepted';
};

describe('commands about decks', () => {
  it('read an export, its form by the extension', () => {
    expect(
      parse('export --deck 한국어 --to out/words.APKG --scheduling --no-media --query tag:verb'),
    ).toEqual({
      name: 'export',
      to: 'out/words.APKG',
      format: 'apkg',
      deck: '한국어',
      runId: null,
      query: 'tag:verb',
      scheduling: true,
      media: false,
      anki: true,
      sheet: { layout: 'list', paper: 'a4' },
    });
    expect(parse('export --to a.pdf --layout grid --paper letter')).toMatchObject({
      sheet: { layout: 'grid', paper: 'letter' },
    });
    expect(parse('export --to a.txt')).toMatchObject({ format: 'tsv', anki: true });
    expect(parse('export --to a.csv --no-anki')).toMatchObject({ anki: false });
    expect(parse('export --to a.json --scheduling')).toMatchObject({ scheduling: true });
    expect(parse('export --to a.colpkg')).toMatchObject({ format: 'colpkg', deck: null, scheduling: true });
    for (const extension of ['csv', 'tsv', 'json', 'md', 'html', 'pdf']) {
      expect(parse(`export --to a.${extension}`)).toMatchObject({
        format: extension,
        deck: null,
        query: '',
        scheduling: false,
        media: true,
      });
    }
    expect(faultOf('export --deck D')).toBe("'export' wants --to FILE.");
    expect(faultOf('export --to a.docx')).toContain('.apkg, .colpkg, .csv, .tsv');
    expect(faultOf('export --to a.csv --layout grid')).toBe('--layout goes with .html and .pdf alone.');
    expect(faultOf('export --to a.pdf --paper a3')).toContain('a4');
    expect(faultOf('export --to a.json --no-anki')).toBe('--no-anki goes with .csv and .tsv alone.');
    expect(faultOf('export --to a.colpkg --deck D')).toContain('.colpkg is all decks');
    expect(faultOf('export --to a.colpkg --query x')).toContain('.colpkg is all decks');
    expect(faultOf('export --to a.csv --scheduling')).toContain(
      '--scheduling goes with .apkg and .colpkg and .json alone.',
    );
    expect(faultOf('export D --to a.csv')).toContain("does not take 'D'");
  });

  it('read imports, pushes and undo', () => {
    expect(parse('import deck.apkg')).toEqual({ name: 'import', file: 'deck.apkg', deck: null });
    expect(parse('import deck.apkg --deck A::B')).toMatchObject({ deck: 'A::B' });
    expect(parse('import deck.apkg --deck a/b\\c😀')).toMatchObject({ deck: 'a/b\\c😀' });
    expect(parse(`import deck.apkg --deck ${'x'.repeat(200)}`)).toMatchObject({ name: 'import' });
    expect(faultOf(`import deck.apkg --deck ${'x'.repeat(201)}`)).toContain('at most 200 characters');
    for (const deck of ['A::::B', '::A', 'A::'])
      expect(faultOf(`import deck.apkg --deck ${deck}`)).toContain('a part without a name');
    expect(faultOf('import')).toContain('needs one argument');
    expect(faultOf('import -')).toContain('reads a file');
    expect(parse('push --deck A --plan')).toEqual({ name: 'push', deck: 'A', plan: true, overwrite: false });
    expect(parse('push --all --overwrite')).toEqual({
      name: 'push',
      deck: null,
      plan: false,
      overwrite: true,
    });
    expect(faultOf('push')).toContain('--deck NAME, or --all');
    expect(faultOf('push --deck A --all')).toContain('one of them');
    expect(parse('undo')).toEqual({ name: 'undo' });
    expect(parse('decks')).toEqual({ name: 'decks' });
  });

  it('read backups; without a word they are listed', () => {
    expect(parse('backup')).toEqual({ name: 'backup list' });
    expect(parse('backup list')).toEqual({ name: 'backup list' });
    expect(parse('backup now')).toEqual({ name: 'backup now' });
    expect(parse('backup restore 2026-05')).toEqual({ name: 'backup restore', backup: '2026-05' });
    expect(faultOf('backup restore')).toContain('needs one argument');
    expect(faultOf('backup drop')).toContain('list, now or restore');
  });

  it('read searches, figures and the test of a model', () => {
    expect(
      parseCommandLine(['cards', 'find', 'tag:verb 먹다', '--sort', 'due', '--limit', '5']).command,
    ).toEqual({
      name: 'cards find',
      query: 'tag:verb 먹다',
      deck: null,
      sort: 'due',
      limit: 5,
    });
    expect(faultOf('cards find q --sort size')).toContain('--sort is newest');
    expect(faultOf('cards lost')).toContain('list or find');
    expect(parse('study stats --deck A')).toEqual({ name: 'study stats', deck: 'A', days: 30 });
    expect(faultOf('study stats --days 0')).toContain('from 1 to 3650');
    expect(parse('models test --generator anthropic')).toEqual({
      name: 'models test',
      generator: 'anthropic',
    });
    expect(parse('models test')).toEqual({ name: 'models test', generator: null });
    expect(faultOf('models test --generator other')).toContain('local');
  });

  it('have a usage of their own, the whole of it without a known word', () => {
    expect(usageOf('export')).toContain('--scheduling');
    expect(usageOf('export')).not.toContain('trace tail');
    expect(usageOf('backup restore')).toContain('docs/backups.md');
    for (const about of ['import', 'push', 'decks', 'cards find', 'undo', 'study stats', 'models test']) {
      expect(usageOf(about)).not.toContain('doctor');
    }
    expect(usageOf('')).toContain('doctor');
  });
});

describe('generate', () => {
  it('reads what a run may spend, what it makes, and whether it waits for a word', () => {
    expect(
      parse(
        'generate book.epub --generator local --review --card-types basic,cloze,basic --budget 0.50 ' +
          '--budget-tokens 20000 --fill --prompt-analyse a1 --prompt-write w2 --estimate',
      ),
    ).toMatchObject({
      generator: 'local',
      review: true,
      cardTypes: ['basic', 'cloze'],
      budget: 0.5,
      budgetTokens: 20_000,
      fill: true,
      promptAnalyse: 'a1',
      promptWrite: 'w2',
      estimate: true,
    });
    expect(parse('generate a.csv --no-review')).toMatchObject({ review: false });
  });

  it('refuses what makes no sense', () => {
    expect(faultOf('generate a.csv --review --no-review')).toContain('exclude');
    expect(faultOf('generate a.csv --card-types basic,essay')).toContain("not 'essay'");
    expect(faultOf('generate a.csv --card-types ,')).toContain('--card-types is');
    expect(faultOf('generate a.csv --budget -1')).not.toBe('accepted');
    expect(faultOf('generate a.csv --budget 1e9')).toContain('US dollars');
    expect(faultOf('generate a.csv --budget cheap')).toContain('US dollars');
    expect(faultOf('generate a.csv --budget-tokens 1.5')).toContain('whole number');
    expect(faultOf('generate a.csv --estimate --out b.csv')).toContain('--out');
  });
});
