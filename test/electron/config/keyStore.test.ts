import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKeyStore, type Encryption } from '../../../electron/config/keyStore.ts';

const KEY = 'sk-test-Zx81QmPlw0';
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracedeck-keys-'));
  path = join(folder, 'keys.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Real encryption under a key that, like the system's, another machine does not have. */
function machine(): Encryption {
  const secret = randomBytes(32);
  return {
    isAvailable: () => true,
    encryptString(plain) {
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', secret, iv);
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), body]);
    },
    decryptString(encrypted) {
      const decipher = createDecipheriv('aes-256-gcm', secret, encrypted.subarray(0, 12));
      decipher.setAuthTag(encrypted.subarray(12, 28));
      return decipher.update(encrypted.subarray(28), undefined, 'utf8') + decipher.final('utf8');
    },
  };
}
function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

const SERVER = 'http://127.0.0.1:11434/v1';
const anywhere = () => true;

describe('the key store', () => {
  it('keeps the key encrypted, for this user alone, across restarts', () => {
    const encrypt = machine();
    const store = createKeyStore({ mayGoTo: anywhere, path, env: {}, encrypt });
    expect([store.get(SERVER), store.source(SERVER)]).toEqual([null, null]);
    store.set(`  ${KEY}\n`);
    expect([store.get(SERVER), store.source(SERVER)]).toEqual([KEY, 'file']);
    const again = createKeyStore({ mayGoTo: anywhere, path, env: {}, encrypt });
    expect([again.get(SERVER), again.source(SERVER)]).toEqual([KEY, 'file']);

    const text = readFileSync(path, 'utf8');
    expect(text).not.toContain(KEY);
    expect(text).not.toContain(Buffer.from(KEY).toString('base64').slice(0, 20));
    expect(readdirSync(folder)).toEqual(['keys.json']);
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('forgets the key when told to, and takes a new one', () => {
    const encrypt = machine();
    const store = createKeyStore({ mayGoTo: anywhere, path, env: {}, encrypt });
    store.set(KEY);
    store.set(null);
    expect([store.get(SERVER), existsSync(path)]).toEqual([null, false]);
    store.set(null);
    store.set('another');
    expect(createKeyStore({ mayGoTo: anywhere, path, env: {}, encrypt }).get(SERVER)).toBe('another');
  });

  it('lets the environment go first, and on the command line stand alone', () => {
    const encrypt = machine();
    createKeyStore({ mayGoTo: anywhere, path, env: {}, encrypt }).set(KEY);
    const env = { OPENAI_API_KEY: ' theirs ', TRACEDECK_API_KEY: 'ours' };
    expect(createKeyStore({ mayGoTo: anywhere, path, env, encrypt }).get(SERVER)).toBe('ours');
    expect(createKeyStore({ mayGoTo: anywhere, path, env, encrypt }).source(SERVER)).toBe('environment');
    expect(
      createKeyStore({ mayGoTo: anywhere, path, env: { ...env, TRACEDECK_API_KEY: '' }, encrypt }).get(
        SERVER,
      ),
    ).toBe('theirs');
    expect(createKeyStore({ mayGoTo: anywhere, path, env: {} }).get(SERVER)).toBeNull();
    expect(createKeyStore({ mayGoTo: anywhere, path, env }).get(SERVER)).toBe('ours');
  });

  it('refuses to store plain text where nothing encrypts, and names the way out', () => {
    const unavailable: Encryption = { ...machine(), isAvailable: () => false };
    const failing: Encryption = {
      ...machine(),
      encryptString(plain) {
        throw new Error(`cannot encrypt ${plain}`);
      },
    };
    for (const encrypt of [undefined, unavailable, failing]) {
      const store = createKeyStore({ mayGoTo: anywhere, path, env: {}, encrypt });
      const error = thrownBy(() => store.set(KEY));
      expect(error).toMatchObject({
        code: 'encryption_unavailable',
        hint: expect.stringContaining('TRACEDECK_API_KEY'),
      });
      expect(inspect(error, { depth: 5 })).not.toContain(KEY);
      expect(readdirSync(folder)).toEqual([]);
      expect(store.get(SERVER)).toBeNull();
    }
  });

  it('says so when the stored key is of another machine or damaged, and lets a new one be set', () => {
    createKeyStore({ mayGoTo: anywhere, path, env: {}, encrypt: machine() }).set(KEY);
    const other = readFileSync(path, 'utf8');
    for (const text of [other, other.slice(0, 30), '{}', '{"version":1,"apiKey":"%%%"}', '']) {
      writeFileSync(path, text);
      const encrypt = machine();
      const store = createKeyStore({ mayGoTo: anywhere, path, env: {}, encrypt });
      expect(() => store.get(SERVER)).toThrow(expect.objectContaining({ code: 'api_key_unreadable' }));
      expect(store.source(SERVER)).toBeNull();
      store.set('new');
      expect(createKeyStore({ mayGoTo: anywhere, path, env: {}, encrypt }).get(SERVER)).toBe('new');
    }
  });

  it('takes nothing that could break out of a header or be quoted by the library that refuses it', () => {
    const store = createKeyStore({ mayGoTo: anywhere, path, env: {}, encrypt: machine() });
    for (const key of ['', '   ', 'two words', 'line\nbreak', 'schlüssel', 'tab\tbed', 'nul\0']) {
      const error = thrownBy(() => store.set(key));
      expect(error).toMatchObject({ code: 'api_key_invalid' });
      if (key.trim() !== '') expect(inspect(error)).not.toContain(key);
    }
    const env = { OPENAI_API_KEY: `${KEY}\n${KEY}` };
    const error = thrownBy(() => createKeyStore({ mayGoTo: anywhere, path, env }).get(SERVER));
    expect(error).toMatchObject({
      code: 'bad_environment',
      message: expect.stringContaining('OPENAI_API_KEY'),
    });
    expect(inspect(error)).not.toContain(KEY);
  });

  it('keeps the shared variable from servers that are not OpenAI, and our own goes to any', () => {
    const mayGoTo = (source: 'shared' | 'stored', url: string) =>
      source === 'shared' && url.includes('openai');
    const store = createKeyStore({ path, env: { OPENAI_API_KEY: KEY }, mayGoTo });
    expect([store.get(SERVER), store.source(SERVER)]).toEqual([null, null]);
    const openAi = 'https://api.openai.com/v1';
    expect([store.get(openAi), store.source(openAi)]).toEqual([KEY, 'environment']);
    expect(createKeyStore({ path, env: { TRACEDECK_API_KEY: KEY }, mayGoTo }).get(SERVER)).toBe(KEY);
    const encrypt = machine();
    createKeyStore({ path, env: {}, encrypt, mayGoTo }).set(KEY);
    expect(createKeyStore({ path, env: {}, encrypt, mayGoTo }).get(SERVER)).toBeNull();
  });

  it('keeps a key a provider, each encrypted, each with a source of its own', () => {
    const encrypt = machine();
    const open = (env = {}) => createKeyStore({ mayGoTo: anywhere, path, env, encrypt });
    const store = open();
    store.set(KEY);
    store.set('sk-ant-1', 'anthropic');
    const again = open({ ANTHROPIC_API_KEY: 'sk-ant-env' });
    expect([again.get(SERVER), again.source(SERVER)]).toEqual([KEY, 'file']);
    expect([again.get(SERVER, 'anthropic'), again.source(SERVER, 'anthropic')]).toEqual([
      'sk-ant-env',
      'environment',
    ]);
    expect(open({ OPENAI_API_KEY: 'other' }).get(SERVER, 'anthropic')).toBe('sk-ant-1');
    expect(readFileSync(path, 'utf8')).not.toMatch(/sk-/);
    store.set(null);
    expect([open().get(SERVER), open().get(SERVER, 'anthropic')]).toEqual([null, 'sk-ant-1']);
    store.set(null, 'anthropic');
    expect(existsSync(path)).toBe(false);
  });

  it('keeps the shared variable of a provider from servers that are not its own', () => {
    const mayGoTo = (source: string, url: string, provider: string) =>
      source === 'shared' && url.includes(provider);
    const env = { ANTHROPIC_API_KEY: KEY };
    const store = createKeyStore({ path, env, mayGoTo });
    expect(store.get(SERVER, 'anthropic')).toBeNull();
    expect(store.get('https://api.anthropic.com', 'anthropic')).toBe(KEY);
    expect(store.get('https://api.anthropic.com')).toBeNull();
    const own = createKeyStore({ path, env: { TRACEDECK_ANTHROPIC_KEY: KEY }, mayGoTo });
    expect(own.get(SERVER, 'anthropic')).toBe(KEY);
  });

  it('names the file, never the key, when it cannot be written', () => {
    mkdirSync(path);
    const store = createKeyStore({ mayGoTo: anywhere, path, env: {}, encrypt: machine() });
    const error = thrownBy(() => store.set(KEY));
    expect(error).toMatchObject({ code: 'api_key_not_saved', hint: expect.stringContaining(path) });
    expect(inspect(error, { depth: 5 })).not.toContain(KEY);
    expect(() => store.set(null)).toThrow(expect.objectContaining({ code: 'api_key_not_saved' }));
    expect(readdirSync(folder)).toEqual(['keys.json']);
  });
});
