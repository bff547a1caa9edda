/**
 * The token that clients of the receiver must show. Kept as the model server's key is: encrypted by the operating
 * system or not at all, and never part of an error, a log or a span.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { z } from 'zod';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { atomicWrite } from './atomicWrite.ts';
import type { Environment } from './environment.ts';
import type { Encryption } from './keyStore.ts';

const RECEIVER_TOKEN_NAME = 'TRACEDECK_RECEIVER_TOKEN';

export type ReceiverTokenOptions = {
  readonly path: string;
  readonly env: Environment;
  /** Left out where there is none, as on the command line. */
  readonly encrypt?: Encryption | undefined;
};

export interface ReceiverTokenStore {
  /** Without asking the system for it. */
  isSet(): boolean;
  /** The environment's, else the stored one. `isLocked`: one is stored that cannot be read here. */
  get(): { readonly token: string | null; readonly isLocked: boolean };
  /**
   * Stores the token, `null` removes it. The environment still goes first.
   * @throws TracedeckError `encryption_unavailable`, `receiver_token_invalid`, `receiver_token_not_saved`
   */
  set(token: string | null): void;
}

const fileSchema = z.object({ version: z.literal(1), receiverToken: z.base64().min(1) });
/** What stands in a header as it is. */
const TOKEN = /^[\x21-\x7e]{8,512}$/;
const HINT = `Set ${RECEIVER_TOKEN_NAME} in the environment instead.`;

/** @throws TracedeckError `bad_environment` for a variable that holds no token */
export function createReceiverTokenStore({ path, env, encrypt }: ReceiverTokenOptions): ReceiverTokenStore {
  const given = env[RECEIVER_TOKEN_NAME]?.trim() || null;
  if (given !== null && !TOKEN.test(given)) {
    throw new TracedeckError('user', 'bad_environment', `${RECEIVER_TOKEN_NAME} holds no token.`, {
      hint: 'A token is 8 to 512 printable ASCII characters without spaces.',
    });
  }
  /** Decrypted once; `undefined` until then. */
  let stored: string | null | undefined;

  /** @throws whatever says that it cannot be read */
  function fromFile(): string | null {
    if (!existsSync(path)) return null;
    const { receiverToken } = fileSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    return encrypt!.decryptString(Buffer.from(receiverToken, 'base64'));
  }

  function encrypted(token: string): string {
    if (!TOKEN.test(token)) {
      throw new TracedeckError('user', 'receiver_token_invalid', 'This is no token.', {
        hint: 'A token is 8 to 512 printable ASCII characters without spaces.',
      });
    }
    try {
      if (encrypt?.isAvailable() === true)
        return Buffer.from(encrypt.encryptString(token)).toString('base64');
    } catch {
      // Said below: a backend that fails is as good as none.
    }
    throw new TracedeckError('user', 'encryption_unavailable', 'This system cannot encrypt the token.', {
      hint: `It is not stored as plain text. ${HINT}`,
    });
  }

  return {
    isSet: () => given !== null || existsSync(path),
    get() {
      if (given !== null) return { token: given, isLocked: false };
      if (stored === undefined) {
        try {
          stored = fromFile();
        } catch {
          // Not remembered: a keyring may be unlocked later.
          return { token: null, isLocked: true };
        }
      }
      return { token: stored, isLocked: false };
    },
    set(token) {
      const own = token?.trim() ?? null;
      try {
        if (own === null) rmSync(path, { force: true });
        else atomicWrite(path, `${JSON.stringify({ version: 1, receiverToken: encrypted(own) })}\n`);
      } catch (error) {
        if (error instanceof TracedeckError) throw error;
        throw new TracedeckError(
          'permanent',
          'receiver_token_not_saved',
          'The token cannot be saved or removed.',
          { cause: error, hint: `Check that ${path} can be written. ${HINT}` },
        );
      }
      stored = own;
    },
  };
}
