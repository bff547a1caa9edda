/** Single HTTP requests by the HTTP conventions: the trace goes to the server in their headers. */
import { ATTR, METRIC } from '../../../shared/span.ts';
import type { AttributeValue } from '../../../shared/span.ts';
import type { Carrier, Component, Telemetry } from '../api.ts';
import type { CountedSpans } from './countedSpans.ts';
import type { LeanOperations } from './leanOperations.ts';
import { toErrorFacts } from '../tracing/spanRecord.ts';

export type HttpRequestFacts = {
  readonly method: string;
  readonly url: string;
  readonly serverAddress: string;
  readonly serverPort: number;
  /** 0 for the first attempt. */
  readonly resendCount: number;
};
type Limit = { readonly remaining: number | null };
export type HttpAttemptFacts = {
  /** `null` where no answer arrived. */
  readonly status: number | null;
  /** `null` for a usable answer. */
  readonly errorCode: string | null;
  /** The error is one of the answers that were asked for: it is stated as the outcome, and nothing failed. */
  readonly isExpected?: boolean;
  readonly headroom?: { readonly requests: Limit | null; readonly tokens: Limit | null } | null;
};

/**
 * One HTTP exchange. `run` gets the headers that carry the trace to the server and resolves to the exchange's
 * facts, failed or not.
 */
export type WatchAttempt = <Facts extends HttpAttemptFacts>(
  request: HttpRequestFacts,
  run: (headers: Carrier) => Promise<Facts>,
) => Promise<Facts>;

/** Seconds, as the conventions advise for HTTP. */
const HTTP_BUCKETS: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 120,
];
/** Of an operation, in this order. */
const FACTS = [ATTR.httpStatus, ATTR.httpResendCount];
type MutableAttributes = Record<string, AttributeValue>;

/** Watches in the mode that the component is in: a full span, or an operation. */
export function createHttpAttempts(
  telemetry: Telemetry,
  component: Component,
  spans: CountedSpans,
  operations: LeanOperations,
): WatchAttempt {
  const { metrics } = telemetry;
  const httpDuration = metrics.histogram(METRIC.httpDuration, {
    unit: 's',
    description: 'HTTP attempts.',
    boundaries: HTTP_BUCKETS,
  });
  const remaining = metrics.gauge(METRIC.limitRemaining, {
    description: "What the server's limits leave, by its last answer.",
  });

  /** What both ways of recording an exchange count; the error type by the conventions, `null` for none. */
  function countAttempt(request: HttpRequestFacts, facts: HttpAttemptFacts, seconds: number): string | null {
    const { status, errorCode, isExpected = false, headroom } = facts;
    const tags: MutableAttributes = {
      [ATTR.httpMethod]: request.method,
      [ATTR.serverAddress]: request.serverAddress,
      [ATTR.serverPort]: request.serverPort,
    };
    if (status !== null) tags[ATTR.httpStatus] = status;
    const isHttpError = status !== null && status >= 400;
    // The conventions want the status where there is one; our own code says more where there is none.
    const errorType = isExpected ? null : isHttpError ? String(status) : errorCode;
    if (errorType !== null) tags[ATTR.errorType] = errorType;
    httpDuration.record(seconds, tags);
    for (const kind of ['requests', 'tokens'] as const) {
      const left = headroom?.[kind]?.remaining ?? null;
      if (left === null) continue;
      remaining.record(left, { [ATTR.serverAddress]: request.serverAddress, [ATTR.limitKind]: kind });
    }
    return errorType;
  }

  function fullAttempt<Facts extends HttpAttemptFacts>(
    request: HttpRequestFacts,
    run: (headers: Carrier) => Promise<Facts>,
  ): Promise<Facts> {
    const attributes: MutableAttributes = {
      [ATTR.httpMethod]: request.method,
      [ATTR.urlFull]: publicUrl(request.url),
      [ATTR.serverAddress]: request.serverAddress,
      [ATTR.serverPort]: request.serverPort,
    };
    if (request.resendCount > 0) attributes[ATTR.httpResendCount] = request.resendCount;
    return spans.withSpan(request.method, { kind: 'client', attributes }, async (span) => {
      let facts: Facts;
      try {
        facts = await run(telemetry.inject());
      } catch (thrown) {
        countAttempt(request, thrownFacts(toErrorFacts(thrown).type), span.elapsedMs() / 1000);
        throw thrown;
      }
      const errorType = countAttempt(request, facts, span.elapsedMs() / 1000);
      if (facts.status !== null) span.set(ATTR.httpStatus, facts.status);
      if (errorType !== null) {
        span.fail(errorType, facts.errorCode ?? errorType);
        spans.failed();
      } else if (facts.errorCode !== null) {
        span.set(ATTR.outcome, facts.errorCode);
      }
      return facts;
    });
  }

  async function leanAttempt<Facts extends HttpAttemptFacts>(
    request: HttpRequestFacts,
    run: (headers: Carrier) => Promise<Facts>,
  ): Promise<Facts> {
    const attributes: MutableAttributes = {
      [ATTR.httpMethod]: request.method,
      [ATTR.serverAddress]: request.serverAddress,
      [ATTR.serverPort]: request.serverPort,
    };
    const operation = operations.of(request.method, attributes, FACTS);
    const startedMs = performance.now();
    const token = operation.begin();
    let facts: Facts;
    try {
      facts = await run(telemetry.inject());
    } catch (thrown) {
      const errorType = operations.endThrown(request.method, attributes, token, thrown);
      countAttempt(request, thrownFacts(errorType), (performance.now() - startedMs) / 1000);
      throw thrown;
    }
    const errorType = countAttempt(request, facts, (performance.now() - startedMs) / 1000);
    if (errorType === null) {
      const { errorCode } = facts;
      const ended =
        errorCode === null
          ? operation
          : operations.of(request.method, { ...attributes, [ATTR.outcome]: errorCode }, FACTS);
      ended.end(token, facts.status ?? undefined, request.resendCount);
    } else operation.fail(token, errorType, facts.status ?? undefined, request.resendCount);
    return facts;
  }

  return (request, run) =>
    component.mode === 'full' ? fullAttempt(request, run) : leanAttempt(request, run);
}

/** Of an exchange that told nothing about itself. */
const thrownFacts = (errorCode: string): HttpAttemptFacts => ({ status: null, errorCode });

/** The URL without user-info, and with the values of its query left out. */
export function publicUrl(text: string): string {
  try {
    const url = new URL(text);
    url.username = '';
    url.password = '';
    url.hash = '';
    for (const key of new Set(url.searchParams.keys())) url.searchParams.set(key, 'REDACTED');
    return url.href;
  } catch {
    return 'invalid';
  }
}
