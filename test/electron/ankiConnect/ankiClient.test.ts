import { afterEach, describe, expect, it } from 'vitest';
import { createAnkiClient } from '../../../electron/ankiConnect/ankiClient.ts';
import type { AttemptFacts, AttemptRequest } from '../../../electron/client/apiClientTypes.ts';
import { toTracedeckError } from '../../../electron/errors/tracedeckError.ts';
import { startAnkiServer } from '../../fixtures/ankiServer.ts';
import type { AnkiServer, AnkiServerOptions } from '../../fixtures/ankiServer.ts';

let server: AnkiServer | null = null;
afterEach(() => server?.stop());

async function clientOf(options: AnkiServerOptions = {}, apiKey: string | null = null) {
  server = await startAnkiServer(options);
  return createAnkiClient({ url: server.url, apiKey, timeoutMs: 300, greetingTimeoutMs: 300 });
}

describe('a greeting', () => {
  it('returns the version', async () => {
    expect(await (await clientOf()).greet()).toBe(6);
  });

  it.each([
    ['an older version', { version: 5 }, 'anki_connect_old'],
    ['a refused permission', { permission: 'denied' }, 'anki_permission_denied'],
    ['a key that is missing', { apiKey: 'secret' }, 'anki_key_needed'],
  ] as const)('tells %s', async (_name, options, code) => {
    await expect((await clientOf(options)).greet()).rejects.toMatchObject({ code, hint: expect.any(String) });
  });

  it('gives the key with every action, those of a multi too', async () => {
    const client = await clientOf({ apiKey: 'secret' }, 'secret');
    await client.greet();
    expect(await client.multi('createDeck', [{ deck: 'A' }])).toEqual([{ ok: true, value: 1 }]);
  });

  it('tells an Anki that is not running, hangs, has no profile open, or is somebody else', async () => {
    const client = await clientOf();
    server!.state.isSomebodyElse = true;
    await expect(client.greet()).rejects.toMatchObject({
      code: 'anki_not_ankiconnect',
      category: 'permanent',
    });
    server!.state.isSomebodyElse = false;
    server!.state.noCollection = true;
    await expect(client.call('deckNames', {})).rejects.toMatchObject({
      code: 'anki_no_profile',
      category: 'transient',
    });
    server!.state.hangs = true;
    await expect(client.greet()).rejects.toMatchObject({ code: 'anki_timeout', category: 'transient' });
    await server!.stop();
    await expect(client.greet()).rejects.toMatchObject({ code: 'anki_not_running', category: 'transient' });
  });
});

describe('calls', () => {
  it('end at once where the program closes, whatever Anki does', async () => {
    server = await startAnkiServer({});
    server.state.hangs = true;
    const closing = new AbortController();
    const client = createAnkiClient({ url: server.url, signal: closing.signal });
    const call = client.call('deckNames', {});
    closing.abort();
    for (const asked of [call, client.greet()]) {
      await expect(asked).rejects.toSatisfy((thrown) => toTracedeckError(thrown).code === 'cancelled');
    }
  });

  it('have an outcome each in a multi', async () => {
    const client = await clientOf();
    expect(await client.multi('modelFieldNames', [{ modelName: 'Nobody' }, { modelName: 'Else' }])).toEqual([
      { ok: false, said: 'model was not found: Nobody' },
      { ok: false, said: 'model was not found: Else' },
    ]);
    expect(await client.multi('deckNames', [])).toEqual([]);
  });

  it('do not repeat what AnkiConnect said, which may be card text', async () => {
    const client = await clientOf();
    const error = await client.call('modelFieldNames', { modelName: 'my secret' }).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'anki_refused', message: 'Anki refused modelFieldNames.' });
    expect(`${error.message}${error.hint}`).not.toContain('secret');
  });

  it('can be wrapped for tracing, failures included', async () => {
    server = await startAnkiServer();
    const seen: (AttemptRequest & AttemptFacts)[] = [];
    const client = createAnkiClient({
      url: server.url,
      wrap: async (request, run) => void seen.push({ ...request, ...(await run({ traceparent: '00-x' })) }),
    });
    await client.call('deckNames', {});
    await server.stop();
    await client.call('deckNames', {}).catch(() => {});
    expect(seen).toMatchObject([
      { method: 'POST', serverPort: server.port, status: 200, errorCode: null },
      { status: null, errorCode: 'anki_not_running' },
    ]);
  });

  it('refuse an address that is none', () => {
    expect(() => createAnkiClient({ url: 'ftp://x' })).toThrow('no http(s) URL');
  });
});
