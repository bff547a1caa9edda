/** Every way a call can fail, in the user's words. */
import { TracedeckError } from '../errors/tracedeckError.ts';
import type { CallFacts } from './apiClientTypes.ts';
import type { HttpOutcome } from './httpExchange.ts';
import { retryAfterMs } from './rateLimitHeaders.ts';

const RETRIED_STATUS = new Set([408, 409, 425, 429, 500, 502, 503, 504, 529]);
/** How servers say that there is no money left; some with 429 or 400, which are about other things as well. */
const NO_CREDIT = /insufficient_quota|billing_hard_limit|spend_limit_reached|credit balance is too low/;

/** Why one attempt came to nothing. */
export type Failure = {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly status: number | null;
  readonly retryable: boolean;
  /** Speaks against the server's health, as opposed to this one request. */
  readonly breakage: boolean;
  /** `null` where the server does not say. */
  readonly retryAfterMs: number | null;
  /** The server's own words: may repeat the prompt or the key, so nobody gets to print them. */
  readonly serverText: string;
};

/** A failed call. The server's answer can be asked about but not read: it may repeat what was sent. */
export class ApiError extends TracedeckError {
  /** HTTP status of the last attempt; `null` where none arrived. */
  readonly status: number | null;
  readonly facts: CallFacts;
  readonly #serverText: string;

  constructor(failure: Failure, facts: CallFacts) {
    super(failure.retryable ? 'transient' : 'permanent', failure.code, failure.message, {
      hint: failure.hint,
    });
    this.name = 'ApiError';
    this.status = failure.status;
    this.facts = facts;
    this.#serverText = failure.serverText;
  }

  /** Whether the server's answer speaks of `pattern`. */
  mentions(pattern: RegExp): boolean {
    return pattern.test(this.#serverText);
  }
}

/** What is wrong with the outcome of an attempt; `null` for a JSON answer, which `onJson` receives. */
export function failureOf(
  outcome: HttpOutcome,
  server: string,
  timeoutMs: number,
  onJson: (json: unknown) => void,
): Failure | null {
  const broken = { retryable: true, breakage: true, retryAfterMs: null, serverText: '' };
  switch (outcome.kind) {
    case 'timeout':
      return {
        ...broken,
        code: 'timeout',
        status: null,
        message: `The model server at ${server} did not answer within ${timeoutMs} ms.`,
        hint: 'Raise the timeout, lower the number of requests in flight, or take a smaller model.',
      };
    case 'no_connection':
      return {
        ...broken,
        code: 'connection_failed',
        status: null,
        message: `No connection to the model server at ${server} (${outcome.errno}).`,
        hint: 'Check that the server runs and that the base URL names its host and port.',
      };
    case 'cut_short':
      return {
        ...broken,
        code: 'bad_response',
        status: outcome.status,
        message: `The answer of the model server at ${server} broke off (${outcome.errno}).`,
        hint: 'The server may have crashed or run out of memory: look into its log.',
      };
    case 'too_large':
      return {
        ...broken,
        retryable: false,
        breakage: false,
        code: 'bad_response',
        status: outcome.status,
        message: `The answer of the model server at ${server} is larger than any answer should be.`,
        hint: 'Check that the base URL is that of a model server.',
      };
    case 'answered':
      if (outcome.status < 200 || outcome.status > 299) return refusalOf(outcome, server);
      try {
        onJson(JSON.parse(outcome.text));
        return null;
      } catch {
        return notJson(outcome, server);
      }
  }
}

function notJson({ status, text }: Extract<HttpOutcome, { kind: 'answered' }>, server: string): Failure {
  const common = { status, breakage: false, retryAfterMs: null, serverText: text };
  const hint =
    'Check that the base URL ends with the version segment (most often /v1) and that no proxy answers in its place.';
  // What begins like JSON was meant to be JSON and is incomplete.
  if (/^\s*[{[]/.test(text) || text.trim() === '') {
    const message = `The model server at ${server} answered with JSON that is not whole.`;
    return { ...common, hint, message, code: 'bad_response', retryable: true };
  }
  const what = /^\s*<(?:!doctype|html|head|body|\?xml|!--)/i.test(text) ? 'a web page' : 'a text';
  return {
    ...common,
    hint: `${hint} In a network with a login page, log in first.`,
    message: `${server} answered with ${what} in place of JSON: that is no model server.`,
    code: 'no_model_server',
    retryable: false,
  };
}

function refusalOf(outcome: Extract<HttpOutcome, { kind: 'answered' }>, server: string): Failure {
  const { status, text } = outcome;
  const common = {
    status,
    retryable: RETRIED_STATUS.has(status),
    breakage: status >= 500,
    retryAfterMs: retryAfterMs(outcome.headers),
    serverText: text,
  };
  const answered = `The model server at ${server} answered ${status}`;
  if (status === 402 || ((status === 429 || status === 400) && NO_CREDIT.test(text))) {
    return {
      ...common,
      retryable: false,
      code: 'quota_exhausted',
      message: `${answered}: the account has no credit left.`,
      hint: "Top up the account at the provider's site, then retry the failed rows.",
    };
  }
  if (status === 429) {
    return {
      ...common,
      code: 'rate_limited',
      message: `${answered}: too many requests or tokens.`,
      hint: "Lower requests and tokens per minute to the provider's limits, then retry the failed rows.",
    };
  }
  if (status === 401 || status === 403) {
    return {
      ...common,
      code: 'unauthorised',
      message: `${answered}: the API key is missing, wrong, or not allowed to use this model.`,
      hint: 'Check the API key in the settings.',
    };
  }
  if (status === 404) {
    return {
      ...common,
      code: 'not_found',
      message: `${answered}: it does not know the model, or the base URL is wrong.`,
      hint: 'Check the name of the model (a local server must have it loaded) and that the base URL ends with the version segment, most often /v1.',
    };
  }
  if (status === 408) {
    return {
      ...common,
      code: 'timeout',
      message: `${answered}: it gave up waiting.`,
      hint: 'Lower the number of requests in flight, or take a smaller model.',
    };
  }
  if (status >= 300 && status <= 399) {
    return {
      ...common,
      code: 'no_model_server',
      message: `${answered}: it redirects elsewhere, and a key is not sent after a redirect.`,
      hint: 'Put the address that it redirects to into the base URL.',
    };
  }
  if (status === 529) {
    return {
      ...common,
      code: 'overloaded',
      message: `${answered}: it is overloaded.`,
      hint: 'Lower the number of requests in flight, or retry the failed rows later.',
    };
  }
  if (status >= 500 || common.retryable) {
    return {
      ...common,
      code: 'server_error',
      message: `${answered}.`,
      hint: "Look into the server's log, or try again later.",
    };
  }
  return {
    ...common,
    code: 'bad_request',
    message: `${answered}: it does not accept the request.`,
    hint: 'Check the model, the output limit and the temperature in the settings; the row may also be too long for the model.',
  };
}
