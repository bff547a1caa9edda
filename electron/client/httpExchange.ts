/**
 * One HTTP request, to the last byte of its answer.
 *
 * Over node:http and not the global fetch: fetch gives up after 300 s without headers, and a server that
 * does not stream sends its headers when the whole answer is ready, which on a small machine takes longer.
 */
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

export type HttpExchange = {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** From sending to the last byte. */
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
  readonly agent: HttpAgent;
  readonly signal: AbortSignal;
};

export type HttpOutcome =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: IncomingHttpHeaders;
      readonly text: string;
      readonly bytes: number;
    }
  | { readonly kind: 'timeout' }
  /** No answer began. */
  | { readonly kind: 'no_connection'; readonly errno: string }
  /** An answer began and broke off. */
  | { readonly kind: 'cut_short'; readonly status: number; readonly errno: string }
  | { readonly kind: 'too_large'; readonly status: number };

/** Keeps connections open between calls. */
export function createAgent(url: URL, maxSockets: number): HttpAgent {
  const options = { keepAlive: true, maxSockets, scheduling: 'lifo' } as const;
  return url.protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
}

/** Closes what is idle now and keeps nothing from now on. `agent.destroy()` would break calls in flight. */
export function closeIdle(agent: HttpAgent): void {
  agent.maxFreeSockets = 0;
  for (const sockets of Object.values(agent.freeSockets))
    for (const socket of sockets ?? []) socket.destroy();
}

/** Sends a POST. Resolves to whatever came of it; rejects only where `signal` aborts, with its reason. */
export function exchange(options: HttpExchange): Promise<HttpOutcome> {
  const { url, signal } = options;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason as Error);
      return;
    }
    let response: IncomingMessage | null = null;
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const body = Buffer.from(options.body, 'utf8');
    const request = send(url, {
      method: 'POST',
      agent: options.agent,
      headers: { ...options.headers, 'content-length': String(body.length) },
    });

    let over = false;
    const settle = (finish: () => void, keepConnection: boolean): void => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      if (!keepConnection) request.destroy();
      finish();
    };
    const end = (outcome: HttpOutcome): void => settle(() => resolve(outcome), outcome.kind === 'answered');
    const onAbort = (): void => settle(() => reject(signal.reason as Error), false);
    const onBroken = (error: NodeJS.ErrnoException): void => {
      const errno = error.code ?? 'UNKNOWN';
      if (response === null) end({ kind: 'no_connection', errno });
      else end({ kind: 'cut_short', status: response.statusCode ?? 0, errno });
    };
    const timer = setTimeout(() => end({ kind: 'timeout' }), options.timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });

    // Stays attached after the end: a destroyed request still reports its own hang-up.
    request.on('error', onBroken);
    request.on('response', (incoming) => {
      response = incoming;
      const status = incoming.statusCode ?? 0;
      const chunks: Buffer[] = [];
      let bytes = 0;
      incoming.on('error', onBroken);
      incoming.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes > options.maxResponseBytes) end({ kind: 'too_large', status });
      });
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        end({ kind: 'answered', status, headers: incoming.headers, text, bytes });
      });
    });
    request.end(body);
  });
}
