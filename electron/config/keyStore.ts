/**
 * The model server's key. It is kept encrypted by the operating system or not at all, and is never part of an
 * error, a log or a span.
 */
import { readFileSync, rmSync } from 'node:fs';
import { z } from 'zod';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { atomicWrite } from './atomicWrite.ts';
import { ENVIRONMENT_NAMES, type Environment } from './environment.ts';

/** What Electron's `safeStorage` offers. */
export interface Encryption {
  isAvailable(): boolean;
  encryptString(plain: string): Uint8Array;
  decryptString(encrypted: Buffer): string;
}

export type KeyStoreOptions = {
  readonly path: string;
  readonly env: Environment;
  /**
   * Which servers a key may go to, by where it comes from: `shared` is OPENAI_API_KEY, `stored` the one out of the
   * settings. TRACEDECK_API_KEY goes to any.
   */
  readonly mayGoTo: (source: 'shared' | 'stored', serverUrl: string) => boolean;
  /** Left out where there is none, as on the command line: then only the environment counts. */
  readonly encrypt?: Encryption | undefined;
};

export interface KeyStore {
  /**
   * The key for a server: the environment's, else the stored one; `null` where there is none for it.
   * @throws TracedeckError `bad_environment`, or `api_key_unreadable` where the stored key cannot be decrypted
   */
  get(serverUrl: string): string | null;
  /** Where `get` finds its key; `null` also where the stored one cannot be read. */
  source(serverUrl: string): 'environment' | 'file' | null;
  /**
   * Stores the key, `null` removes it. The environment still goes first.
   * @throws TracedeckError `encryption_unavailable`, `api_key_invalid`, `api_key_not_saved`
   */
  set(key: string | null): void;
}

const fileSchema = z.object({ version: z.literal(1), apiKey: z.base64().min(1) });
const ENVIRONMENT_HINT = `Set ${ENVIRONMENT_NAMES.apiKey.join(' or ')} in the environment instead.`;

/** Errors of this module carry no `cause` that has seen the key: what an encryption backend says is not ours to trust. */
export function createKeyStore(options: KeyStoreOptions): KeyStore {
  const { path, env, encrypt, mayGoTo } = options;
  /** Decrypted once; `undefined` until then. */
  let stored: string | null | undefined;

  function fromEnvironment(serverUrl: string): string | null {
    for (const name of ENVIRONMENT_NAMES.apiKey) {
      const key = env[name]?.trim();
      if (!key || (name === 'OPENAI_API_KEY' && !mayGoTo('shared', serverUrl))) continue;
      if (isHeaderSafe(key)) return key;
      throw new TracedeckError('user', 'bad_environment', `${name} holds characters that no key has.`, {
        hint: 'A key is one line of printable ASCII characters.',
      });
    }
    return null;
  }

  function fromFile(): string | null {
    if (encrypt === undefined) return null;
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw unreadable();
    }
    try {
      const { apiKey } = fileSchema.parse(JSON.parse(text));
      return encrypt.decryptString(Buffer.from(apiKey, 'base64'));
    } catch {
      throw unreadable();
    }
  }

  function get(serverUrl: string): string | null {
    const key = fromEnvironment(serverUrl);
    if (key !== null) return key;
    if (!mayGoTo('stored', serverUrl)) return null;
    if (stored === undefined) stored = fromFile();
    return stored;
  }

  return {
    get,
    source(serverUrl) {
      try {
        if (get(serverUrl) === null) return null;
        return fromEnvironment(serverUrl) === null ? 'file' : 'environment';
      } catch {
        return null;
      }
    },
    set(key) {
      try {
        if (key === null) rmSync(path, { force: true });
        else atomicWrite(path, `${JSON.stringify({ version: 1, apiKey: encrypted(key.trim(), encrypt) })}\n`);
      } catch (error) {
        if (error instanceof TracedeckError) throw error;
        throw new TracedeckError('permanent', 'api_key_not_saved', 'The key cannot be saved or removed.', {
          cause: error,
          hint: `Check that ${path} can be written. ${ENVIRONMENT_HINT}`,
        });
      }
      stored = key === null ? null : key.trim();
    },
  };
}

function encrypted(key: string, encrypt: Encryption | undefined): string {
  if (!isHeaderSafe(key)) {
    throw new TracedeckError('user', 'api_key_invalid', 'This is no key.', {
      hint: 'A key is one line of printable ASCII characters without spaces.',
    });
  }
  try {
    if (encrypt?.isAvailable()) return Buffer.from(encrypt.encryptString(key)).toString('base64');
  } catch {
    // Said below: a backend that fails is as good as none.
  }
  throw new TracedeckError('user', 'encryption_unavailable', 'This system cannot encrypt the key.', {
    hint: `It is not stored as plain text. ${ENVIRONMENT_HINT}`,
  });
}

function unreadable(): TracedeckError {
  return new TracedeckError('user', 'api_key_unreadable', 'The stored key cannot be read.', {
    hint: `Enter it again in the settings: keys of another user or machine cannot be decrypted. ${ENVIRONMENT_HINT}`,
  });
}

/** A key goes into an HTTP header, and an HTTP library that refuses one quotes it in its error. */
function isHeaderSafe(key: string): boolean {
  return /^[\x21-\x7e]+$/.test(key);
}
