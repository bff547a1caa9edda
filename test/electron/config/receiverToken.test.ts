import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Encryption } from '../../../electron/config/keyStore.ts';
import { createReceiverTokenStore } from '../../../electron/config/receiverToken.ts';

const TOKEN = 'tok-Zx81QmPlw0';
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracedeck-token-'));
  path = join(folder, 'receiver-token.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Good enough to tell whether something was turned into something else, and back on the same machine alone. */
function machine(secret: number, isAvailable = true): Encryption {
  const turned = (bytes: Uint8Array) => Buffer.from(bytes.map((byte) => byte ^ secret));
  return {
    isAvailable: () => isAvailable,
    encryptString: (plain) => turned(Buffer.from(`v${plain}`)),
    decryptString(encrypted) {
      const plain = turned(encrypted).toString();
      if (!plain.startsWith('v')) throw new Error('another machine');
      return plain.slice(1);
    },
  };
}

describe('the receiver’s token', () => {
  it('is kept encrypted, for this user alone, until it is removed', () => {
    const encrypt = machine(0x5a);
    createReceiverTokenStore({ path, env: {}, encrypt }).set(` ${TOKEN} `);
    expect(readFileSync(path, 'utf8')).not.toContain(TOKEN);
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o077).toBe(0);
    const again = createReceiverTokenStore({ path, env: {}, encrypt });
    expect([again.isSet(), again.get()]).toEqual([true, { token: TOKEN, isLocked: false }]);
    again.set(null);
    expect(existsSync(path)).toBe(false);
    expect([again.isSet(), again.get()]).toEqual([false, { token: null, isLocked: false }]);
  });

  it('locks rather than opens where it cannot be read', () => {
    createReceiverTokenStore({ path, env: {}, encrypt: machine(0x5a) }).set(TOKEN);
    expect(createReceiverTokenStore({ path, env: {}, encrypt: machine(0x33) }).get()).toEqual({
      token: null,
      isLocked: true,
    });
    expect(createReceiverTokenStore({ path, env: {} }).get().isLocked).toBe(true);
    writeFileSync(path, 'no JSON');
    expect(createReceiverTokenStore({ path, env: {}, encrypt: machine(0x5a) }).get().isLocked).toBe(true);
  });

  it('is not stored as plain text, nor taken where it would not fit into a header', () => {
    const store = createReceiverTokenStore({ path, env: {}, encrypt: machine(1, false) });
    expect(() => store.set(TOKEN)).toThrow(expect.objectContaining({ code: 'encryption_unavailable' }));
    for (const wrong of ['short', 'with a space in it', 'line\nbreak-here', '토큰토큰토큰토큰']) {
      let thrown: unknown;
      try {
        createReceiverTokenStore({ path, env: {}, encrypt: machine(1) }).set(wrong);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toMatchObject({ code: 'receiver_token_invalid' });
      expect(inspect(thrown)).not.toContain(wrong);
    }
    expect(existsSync(path)).toBe(false);
  });

  it('comes from the environment first', () => {
    createReceiverTokenStore({ path, env: {}, encrypt: machine(1) }).set(TOKEN);
    const env = { TRACEDECK_RECEIVER_TOKEN: 'of-the-environment' };
    expect(createReceiverTokenStore({ path, env, encrypt: machine(1) }).get().token).toBe(
      'of-the-environment',
    );
    expect(() => createReceiverTokenStore({ path, env: { TRACEDECK_RECEIVER_TOKEN: 'a b' } })).toThrow(
      expect.objectContaining({ code: 'bad_environment' }),
    );
  });
});
