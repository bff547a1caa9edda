/** A server on the loopback addresses that is opened, moved to another port and closed while the program runs. */
import type { ReceiverStatus } from '../../shared/traceQuery.ts';

export const LOOPBACK = ['127.0.0.1', '::1'] as const;
export type Address = (typeof LOOPBACK)[number];
export type DoorStatus = ReceiverStatus['http'];

/** Something that listens. */
export interface OpenServer {
  /** Where it does; of port 0 the one that was free. */
  readonly port: number;
  /** The second address was not to be had: what this means, in words. */
  readonly warning: string | null;
  /** Takes nothing new, and waits for what is under way, for so long at most. */
  close(timeoutMs: number): Promise<void>;
}

const RETRY_MS = 5000;
const CLOSE_MS = 10_000;

export type Wanted = { readonly enabled: boolean; readonly port: number; readonly key: string };

/** Keeps a server as it is wanted, and tries again where a port is taken. Changes are made one after another. */
export class Door {
  readonly #open: (port: number) => Promise<OpenServer>;
  readonly #changed: () => void;
  readonly #flag: string;
  #wanted: Wanted = { enabled: false, port: 0, key: '' };
  #server: OpenServer | null = null;
  #opened: Wanted | null = null;
  #fault: string | null = null;
  #retry: NodeJS.Timeout | null = null;
  #work: Promise<void> = Promise.resolve();

  constructor(flag: string, open: (port: number) => Promise<OpenServer>, changed: () => void) {
    this.#flag = flag;
    this.#open = open;
    this.#changed = changed;
  }

  status(): DoorStatus {
    if (!this.#wanted.enabled) return { state: 'off', url: null, fault: null };
    if (this.#server === null)
      return { state: this.#fault === null ? 'off' : 'failed', url: null, fault: this.#fault };
    return {
      state: 'listening',
      url: `http://127.0.0.1:${this.#server.port}`,
      fault: this.#fault ?? this.#server.warning,
    };
  }

  /** Resolves when it is so, or has failed. */
  want(wanted: Wanted): Promise<void> {
    this.#wanted = wanted;
    return this.#settle();
  }

  #settle(): Promise<void> {
    this.#work = this.#work.then(() => this.#apply());
    return this.#work;
  }

  async #apply(): Promise<void> {
    const wanted = this.#wanted;
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
    const opened = this.#opened;
    if (
      wanted.enabled &&
      opened !== null &&
      this.#server !== null &&
      opened.port === wanted.port &&
      opened.key === wanted.key
    ) {
      this.#fault = null;
      return;
    }
    const before = this.#server;
    // Another port is opened before the old one is closed; the same one can only be had afterwards.
    const isMove = before !== null && wanted.enabled && opened?.port !== wanted.port;
    if (!isMove) await this.#shut(before);
    if (!wanted.enabled) {
      this.#fault = null;
      this.#changed();
      return;
    }
    try {
      this.#server = await this.#open(wanted.port);
      this.#opened = wanted;
      this.#fault = null;
      this.#changed();
      if (isMove) void before.close(CLOSE_MS).catch(() => undefined);
    } catch (error) {
      // Where it listened before it goes on to do so.
      this.#fault = faultOf(error as NodeJS.ErrnoException, wanted.port, this.#flag);
      this.#retry = setTimeout(() => void this.#settle(), RETRY_MS);
      this.#retry.unref();
      this.#changed();
    }
  }

  async #shut(server: OpenServer | null): Promise<void> {
    if (server === null) return;
    this.#server = null;
    this.#opened = null;
    await server.close(CLOSE_MS).catch(() => undefined);
  }
}

/** Ends what is told of a fault that may pass while the program goes on. */
export const TRIED_AGAIN = ' This is tried again.';

function faultOf(error: NodeJS.ErrnoException, port: number, flag: string): string {
  const { code, message } = error;
  if (code === 'EADDRINUSE' || /EADDRINUSE|already in use/i.test(message))
    return `Port ${port} is taken by another program, perhaps an OpenTelemetry Collector. End that program, or choose another port for ${flag}.${TRIED_AGAIN}`;
  if (code === 'EACCES' || /EACCES/.test(message))
    return `Port ${port} may not be used by this user. Choose one above 1023.`;
  return `Listening on port ${port} failed (${code ?? 'unknown error'}).${TRIED_AGAIN}`;
}

/** What it means that IPv6 was not to be had; `null` where the machine has none. */
export function ipv6Warning(error: NodeJS.ErrnoException, port: number): string | null {
  const text = `${error.code ?? ''} ${error.message}`;
  if (!/EADDRINUSE/.test(text)) return null;
  return `Port ${port} of [::1] is taken by another program: clients that say localhost may reach that one. Let them say 127.0.0.1.`;
}
