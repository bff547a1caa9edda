import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSettingsStore } from '../../../electron/config/settingsStore.ts';
import type { TracedeckError } from '../../../electron/errors/tracedeckError.ts';
import { settingsSchema } from '../../../shared/settings.ts';

let folder: string;
let path: string;
let notices: TracedeckError[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracedeck-settings-'));
  path = join(folder, 'settings.json');
  notices = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const defaults = settingsSchema.parse({});
function open(env: Record<string, string> = {}) {
  return createSettingsStore({
    path,
    env,
    onNotice: (notice) => notices.push(notice),
    now: () => Date.UTC(2026, 4, 17, 8, 30, 15, 250),
  });
}
const onFile = () => JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;

describe('the settings file', () => {
  it('may be missing: defaults hold and nothing is written', () => {
    expect(open().current()).toEqual(defaults);
    expect(readdirSync(folder)).toEqual([]);
    expect(notices).toEqual([]);
  });

  it('keeps what was saved, for this user alone, and leaves no draft behind', () => {
    const store = open();
    const saved = store.save({ ...defaults, theme: 'dark', concurrency: 8 });
    expect(saved).toMatchObject({ theme: 'dark', concurrency: 8 });
    expect(open().current()).toEqual(saved);
    expect(readdirSync(folder)).toEqual(['settings.json']);
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('keeps top-level keys that this version does not know, also those written meanwhile', () => {
    writeFileSync(path, JSON.stringify({ theme: 'light', later: { a: [1] } }));
    const store = open();
    expect(store.current()).not.toHaveProperty('later');
    writeFileSync(path, JSON.stringify({ theme: 'light', later: { a: [1] }, other: true }));
    store.save({ ...store.current(), theme: 'dark' });
    expect(onFile()).toMatchObject({ theme: 'dark', later: { a: [1] }, other: true });
  });

  it('may start with a byte order mark', () => {
    writeFileSync(path, '\uFEFF{"theme":"dark"}');
    expect(open().current().theme).toBe('dark');
    expect(notices).toEqual([]);
  });

  for (const [name, text] of Object.entries({
    'cut short': '{"theme":"da',
    empty: '',
    'an array': '[]',
    'no JSON': 'theme=dark',
  })) {
    it(`that is ${name} is set aside under another name, and defaults hold`, () => {
      writeFileSync(path, text);
      const store = open();
      expect(store.current()).toEqual(defaults);
      const aside = 'settings.json.broken-2026-05-17T08-30-15-250Z';
      expect(readdirSync(folder)).toEqual([aside]);
      expect(readFileSync(join(folder, aside), 'utf8')).toBe(text);
      expect(notices.map(({ code }) => code)).toEqual(['settings_broken']);
      expect(notices[0]?.message).toContain(aside);
      store.save({ ...defaults, theme: 'dark' });
      notices = [];
      expect(open().current().theme).toBe('dark');
      expect(notices).toEqual([]);
    });
  }

  it('with single values that are not valid loses only those, keeps a copy, and is right from then on', () => {
    const text = JSON.stringify({ theme: 'dark', concurrency: 9999, cache: { ttlDays: -1 }, later: 1 });
    writeFileSync(path, text);
    expect(open().current()).toEqual({ ...defaults, theme: 'dark' });
    expect(notices.length).toBe(1);
    expect(notices[0]?.message).toContain('concurrency, cache');
    expect(readFileSync(join(folder, 'settings.json.broken-2026-05-17T08-30-15-250Z'), 'utf8')).toBe(text);
    expect(onFile()).toMatchObject({ theme: 'dark', concurrency: 32, later: 1 });
    open();
    expect(notices.length).toBe(1);
  });

  it('that is a folder gives defaults and a notice, and saving says why it cannot', () => {
    mkdirSync(path);
    const store = open();
    expect(store.current()).toEqual(defaults);
    expect(notices.map(({ code }) => code)).toEqual(['settings_unreadable']);
    expect(() => store.save({ ...defaults, theme: 'dark' })).toThrow(
      expect.objectContaining({ code: 'settings_not_saved', hint: expect.stringContaining(path) }),
    );
    expect(store.current().theme).toBe('system');
    expect(readdirSync(folder)).toEqual(['settings.json']);
  });

  it('refuses to save what is not valid', () => {
    const store = open();
    expect(() => store.save({ ...defaults, concurrency: 0 })).toThrow();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('tells its subscribers of every save, until they leave', () => {
    const store = open({ TRACEDECK_MODEL: 'big' });
    const seen: string[] = [];
    const leave = store.onChange((settings) =>
      seen.push(`${settings.theme} ${settings.server.models.write}`),
    );
    store.save({ ...store.current(), theme: 'dark' });
    leave();
    store.save({ ...store.current(), theme: 'light' });
    expect(seen).toEqual(['dark big']);
  });
});

describe('the environment', () => {
  const env = { TRACEDECK_BASE_URL: 'http://127.0.0.1:9999/v1', TRACEDECK_MODEL: 'big' };

  it('goes before the file for this process and is never written to it', () => {
    const server = {
      ...defaults.server,
      baseUrl: 'https://example.org/v1',
      models: { analyse: 'small', write: '' },
    };
    open().save({ ...defaults, server });
    const store = open(env);
    expect(store.current().server).toMatchObject({
      baseUrl: env.TRACEDECK_BASE_URL,
      models: { analyse: 'big', write: 'big' },
    });
    expect(store.overrides()).toEqual({ baseUrl: env.TRACEDECK_BASE_URL, model: 'big' });
    store.save({ ...store.current(), theme: 'dark' });
    expect(onFile()).toMatchObject({ theme: 'dark', server });
    expect(readFileSync(path, 'utf8')).not.toContain('9999');
    expect(open().current()).toEqual({ ...defaults, theme: 'dark', server });
  });

  it('does not keep the user from saving another value, which holds once the variable is gone', () => {
    const store = open(env);
    const shown = store.current();
    const models = { ...shown.server.models, write: 'mine' };
    const after = store.save({ ...shown, server: { ...shown.server, models } });
    expect(after.server.models).toEqual({ analyse: 'big', write: 'big' });
    expect(open().current().server.models).toEqual({ analyse: '', write: 'mine' });
  });

  it('may speak through the names that other programs use, but ours go first', () => {
    const shared = { OPENAI_BASE_URL: 'https://example.org/v1' };
    expect(open(shared).current().server.baseUrl).toBe('https://example.org/v1');
    expect(open({ ...shared, ...env }).current().server.baseUrl).toBe(env.TRACEDECK_BASE_URL);
    expect(open({ ...shared, TRACEDECK_BASE_URL: ' ' }).current().server.baseUrl).toBe(
      'https://example.org/v1',
    );
  });

  it('is refused where one of our variables is of no use, and passed over where a shared one is', () => {
    expect(() => open({ TRACEDECK_BASE_URL: 'ftp://secret-host/v1' })).toThrow(
      expect.objectContaining({
        code: 'bad_environment',
        message: expect.not.stringContaining('secret-host'),
      }),
    );
    expect(open({ OPENAI_BASE_URL: 'no address' }).current()).toEqual(defaults);
    expect(notices.map(({ message }) => message)).toEqual([
      'OPENAI_BASE_URL is not an http or https address.',
    ]);
  });
});
