/**
 * The keys of the model servers, one a provider. They are kept encrypted by the operating system or not at all, and are
 * never part of an error, a log or a span.
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

/** Whose key it is: that of the OpenAI-compatible server, or Anthropic's. */
export type KeyProvider = 'openai' | 'anthropic';

export type KeyStoreOptions = {
  readonly path: string;
  readonly env: Environment;
  /**
   * Which servers a key may go to, by where it comes from: `shared` is OPENAI_API_KEY or ANTHROPIC_API_KEY, `stored` the
   * one out of the settings. A key under a name of our own (TRACEDECK_API_KEY) goes to any.
   */
  readonly mayGoTo: (source: 'shared' | 'stored', serverUrl: string, provider: KeyProvider) => boolean;
  /** Left out where there is none, as on the command line: then only the environment counts. */
  readonly encrypt?: Encryption | undefined;
};

export interface KeyStore {
  /**
   * The key for a server: the environment's, else the stored one; `null` where there is none for it.
   * @throws TracedeckError `bad_environment`, or `api_key_unreadable` where the stored key cannot be decrypted
   */
  get(serverUrl: string, provider?: KeyProvider): string | null;
  /** Where `get` finds its key; `null` also where the stored one cannot be read. */
  source(serverUrl: string, provider?: KeyProvider): 'environment' | 'file' | null;
  /**
   * Stores the key, `null` removes it. The environment still goes first.
   * @throws TracedeckError `encryption_unavailable`, `api_key_invalid`, `api_key_not_saved`
   */
  set(key: string | null, provider?: KeyProvider): void;
}

const encryptedKey = z.base64().min(1).optional();
const fileSchema = z.object({ version: z.literal(1), apiKey: encryptedKey, anthropicKey: encryptedKey });
type KeyFile = z.infer<typeof fileSchema>;

const FIELD = { openai: 'apiKey', anthropic: 'anthropicKey' } as const satisfies Record<
  KeyProvider,
  keyof KeyFile
>;
const namesOf = (provider: KeyProvider): readonly string[] => ENVIRONMENT_NAMES[FIELD[provider]];
const environmentHint = (provider: KeyProvider): string =>
  `Set ${namesOf(provider).join(' or ')} in the environment instead.`;

/** Errors of this module carry no `cause` that has seen the key: what an encryption backend says is not ours to trust. */
export function createKeyStore(options: KeyStoreOptions): KeyStore {
  const { path, env, encrypt, mayGoTo } = options;
  /** Decrypted once; not there until then. */
  const stored = new Map<KeyProvider, string | null>();

  function fromEnvironment(serverUrl: string, provider: KeyProvider): string | null {
    for (const name of namesOf(provider)) {
      const key = env[name]?.trim();
      const isShared = !name.startsWith('TRACEDECK_');
      if (!key || (isShared && !mayGoTo('shared', serverUrl, provider))) continue;
      if (isHeaderSafe(key)) return key;
      throw new TracedeckError('user', 'bad_environment', `${name} holds characters that no key has.`, {
        hint: 'A key is one line of printable ASCII characters.',
      });
    }
    return null;
  }

  /** `null` where there is no file. Throws where it is of no use. */
  function readFile(): KeyFile | null {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
    return fileSchema.parse(JSON.parse(text));
  }

  function fromFile(provider: KeyProvider): string | null {
    if (encrypt === undefined) return null;
    try {
      const key = readFile()?.[FIELD[provider]];
      return key === undefined ? null : encrypt.decryptString(Buffer.from(key, 'base64'));
    } catch {
      throw unreadable(provider);
    }
  }

  function get(serverUrl: string, provider: KeyProvider = 'openai'): string | null {
    const key = fromEnvironment(serverUrl, provider);
    if (key !== null) return key;
    if (!mayGoTo('stored', serverUrl, provider)) return null;
    let kept = stored.get(provider);
    if (kept === undefined) stored.set(provider, (kept = fromFile(provider)));
    return kept;
  }

  /** The other provider's key stays, unless nobody can read the file: then it is written anew. */
  function write(provider: KeyProvider, key: string | null): void {
    let others: Partial<KeyFile> = {};
    try {
      others = readFile() ?? {};
    } catch {
      // A damaged file holds no key that could be lost.
    }
    const { [FIELD[provider]]: _old, ...kept } = others;
    const keys = {
      ...kept,
      ...(key === null ? {} : { [FIELD[provider]]: encrypted(key, provider, encrypt) }),
    };
    if (Object.values(FIELD).some((field) => field in keys)) {
      atomicWrite(path, `${JSON.stringify({ ...keys, version: 1 })}\n`);
    } else rmSync(path, { force: true });
  }

  return {
    get,
    source(serverUrl, provider = 'openai') {
      try {
        if (get(serverUrl, provider) === null) return null;
        return fromEnvironment(serverUrl, provider) === null ? 'file' : 'environment';
      } catch {
        return null;
      }
    },
    set(key, provider = 'openai') {
      const trimmed = key?.trim() ?? null;
      try {
        write(provider, trimmed);
      } catch (error) {
        if (error instanceof TracedeckError) throw error;
        throw new TracedeckError('permanent', 'api_key_not_saved', 'The key cannot be saved or removed.', {
          cause: error,
          hint: `Check that ${path} can be written. ${environmentHint(provider)}`,
        });
      }
      stored.set(provider, trimmed);
    },
  };
}

function encrypted(key: string, provider: KeyProvider, encrypt: Encryption | undefined): string {
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
    hint: `It is not stored as plain text. ${environmentHint(provider)}`,
  });
}

function unreadable(provider: KeyProvider): TracedeckError {
  return new TracedeckError('user', 'api_key_unreadable', 'The stored key cannot be read.', {
    hint: `Enter it again in the settings: keys of another user or machine cannot be decrypted. ${environmentHint(provider)}`,
  });
}

/** A key goes into an HTTP header, and an HTTP library that refuses one quotes it in its error. */
function isHeaderSafe(key: string): boolean {
  return /^[\x21-\x7e]+$/.test(key);
}
