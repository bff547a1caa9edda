/**
 * Talks to AnkiConnect, the add-on that opens a running Anki to other programs on the same machine.
 *
 * Its server is a small one inside of Anki's window: it looks every 25 ms whether somebody has asked, reads 1 KB at a
 * time, and closes the connection after each answer. So calls go one after another, many actions in one, none large.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { z } from 'zod';
import type { WrapAttempt } from '../client/apiClientTypes.ts';
import { exchange } from '../client/httpExchange.ts';
import type { HttpOutcome } from '../client/httpExchange.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { ANSWERS } from './ankiActions.ts';
import type { Action, Answer, Params } from './ankiActions.ts';
import {
  brokenOff,
  isOutage,
  keyNeeded,
  notAnki,
  notRunning,
  permissionDenied,
  refusal,
  tookTooLong,
  tooOld,
} from './ankiErrors.ts';

const VERSION = 6;
const MAX_ANSWER_BYTES = 128_000_000;
/** A greeting is answered at once; adding a hundred notes with media takes some seconds. */
const GREETING_TIMEOUT_MS = 3_000;
const TIMEOUT_MS = 60_000;

export type AnkiClientOptions = {
  readonly url: string;
  readonly apiKey?: string | null;
  readonly timeoutMs?: number;
  readonly greetingTimeoutMs?: number;
  /** Wraps every HTTP request, for tracing. */
  readonly wrap?: WrapAttempt;
  /** Ends what is under way, and refuses all that follows: the program closes. */
  readonly signal?: AbortSignal;
};

/** One action's outcome within a `multi`. `said`: AnkiConnect's own words; they may repeat what was sent. */
export type Outcome<A extends Action> =
  { readonly ok: true; readonly value: Answer<A> } | { readonly ok: false; readonly said: string };

export interface AnkiClient {
  readonly url: string;
  /** Whether files of this machine can be named to Anki by their paths. */
  readonly isLocal: boolean;
  /**
   * Asks for permission and returns AnkiConnect's version. In Anki a window may ask its user.
   * @param options.mayBeAway whether it is only a look if Anki is there: its absence is thrown, and recorded as no fault
   * @throws TracedeckError `anki_not_running`, `anki_timeout`, `anki_not_ankiconnect`, `anki_connect_old`,
   *   `anki_permission_denied`, `anki_key_needed`
   */
  greet(options?: { readonly mayBeAway?: boolean }): Promise<number>;
  /** @throws TracedeckError those of `greet`, `anki_no_profile`, `anki_refused` */
  call<A extends Action>(action: A, params: Params[A]): Promise<Answer<A>>;
  /** Several actions of one kind in one request; each has an outcome of its own. */
  multi<A extends Action>(action: A, params: readonly Params[A][]): Promise<readonly Outcome<A>[]>;
}

const envelope = z.object({ result: z.unknown(), error: z.string().nullable() });

/** @throws TracedeckError `anki_url_invalid` */
export function createAnkiClient(options: AnkiClientOptions): AnkiClient {
  const url = parseUrl(options.url);
  const shown = url.origin;
  const isLocal = /^(?:127(?:\.\d+){3}|localhost|\[::1\])$/iu.test(url.hostname);
  // AnkiConnect closes after every answer: a connection that is kept is a broken one.
  const agent =
    url.protocol === 'https:' ? new HttpsAgent({ keepAlive: false }) : new HttpAgent({ keepAlive: false });
  const apiKey = options.apiKey ?? null;
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  const wrap: WrapAttempt = options.wrap ?? ((_request, run) => run({}));
  const signal = options.signal ?? new AbortController().signal;

  const bodyOf = (action: string, params: unknown): Record<string, unknown> => ({
    action,
    version: VERSION,
    params,
    ...(apiKey === null ? {} : { key: apiKey }),
  });

  async function post(action: string, params: unknown, limitMs: number, mayBeAway = false): Promise<unknown> {
    let answer: unknown;
    let failure: TracedeckError | null = null;
    const request = {
      method: 'POST',
      url: `${shown}/`,
      serverAddress: url.hostname.replace(/^\[|\]$/gu, ''),
      serverPort: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
      resendCount: 0,
    } as const;
    await wrap(request, async (headers) => {
      const outcome = await exchange({
        url,
        headers: { ...headers, 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify(bodyOf(action, params)),
        timeoutMs: limitMs,
        maxResponseBytes: MAX_ANSWER_BYTES,
        agent,
        signal,
      });
      failure = failureOf(outcome, shown, limitMs, (json) => (answer = json));
      const answered = outcome.kind === 'answered' ? outcome : null;
      return {
        status: answered?.status ?? null,
        errorCode: failure?.code ?? null,
        ...(mayBeAway && isOutage(failure) ? { isExpected: true } : {}),
        responseBytes: answered?.bytes ?? null,
        retryAfterMs: null,
        headroom: null,
      };
    });
    if (failure !== null) throw failure;
    return answer;
  }

  /** Of one answer: its error, or its result in the form that its action promises. */
  function read<A extends Action>(action: A, answer: unknown): Outcome<A> {
    const parsed = envelope.safeParse(answer);
    if (!parsed.success) throw notAnki(shown);
    if (parsed.data.error !== null) return { ok: false, said: parsed.data.error };
    const value = ANSWERS[action].safeParse(parsed.data.result);
    if (!value.success) throw notAnki(shown);
    return { ok: true, value: value.data as Answer<A> };
  }

  async function call<A extends Action>(
    action: A,
    params: Params[A],
    limitMs: number = timeoutMs,
    mayBeAway = false,
  ): Promise<Answer<A>> {
    const outcome = read(action, await post(action, params, limitMs, mayBeAway));
    if (!outcome.ok) throw refusal(action, outcome.said);
    return outcome.value;
  }

  return {
    url: shown,
    isLocal,
    call: (action, params) => call(action, params),
    async greet({ mayBeAway = false } = {}) {
      // An AnkiConnect older than this action answers to `version` alone.
      const limitMs = options.greetingTimeoutMs ?? GREETING_TIMEOUT_MS;
      const version = await call('version', {}, limitMs, mayBeAway).catch((thrown: unknown) => {
        // With a key set even the version is told to those who have it alone.
        if (thrown instanceof TracedeckError && thrown.code === 'anki_key_needed') return VERSION;
        throw thrown;
      });
      if (version < VERSION) throw tooOld(version);
      const { permission, requireApiKey } = await call('requestPermission', {});
      if (permission !== 'granted') throw permissionDenied();
      if (requireApiKey === true && apiKey === null) throw keyNeeded();
      return version;
    },
    async multi(action, params) {
      if (params.length === 0) return [];
      const answer = await post('multi', { actions: params.map((one) => bodyOf(action, one)) }, timeoutMs);
      const parsed = envelope.safeParse(answer);
      if (!parsed.success) throw notAnki(shown);
      if (parsed.data.error !== null) throw refusal('multi', parsed.data.error);
      const outcomes = z.array(z.unknown()).safeParse(parsed.data.result);
      if (!outcomes.success || outcomes.data.length !== params.length) throw notAnki(shown);
      return outcomes.data.map((one) => read(action, one));
    },
  };
}

function failureOf(
  outcome: HttpOutcome,
  url: string,
  timeoutMs: number,
  onJson: (json: unknown) => void,
): TracedeckError | null {
  switch (outcome.kind) {
    case 'timeout':
      return tookTooLong(url, timeoutMs);
    case 'no_connection':
      return notRunning(url, outcome.errno);
    case 'cut_short':
      return brokenOff(url);
    case 'too_large':
      return notAnki(url);
    case 'answered':
      if (outcome.status === 403) return permissionDenied();
      if (outcome.status !== 200) return notAnki(url);
      try {
        onJson(JSON.parse(outcome.text));
        return null;
      } catch {
        return notAnki(url);
      }
  }
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new TracedeckError('user', 'anki_url_invalid', 'The address of AnkiConnect is no http(s) URL.', {
      hint: 'As it is installed, AnkiConnect listens at http://127.0.0.1:8765.',
    });
  }
  return url;
}
