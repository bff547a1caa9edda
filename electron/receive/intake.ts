/** What HTTP and gRPC have in common: unpacked bytes in, the answer's figures out. Bounds how much is worked on at once. */
import type { ReceiverConfig } from './receiverMessages.ts';
import type { OtlpSignal } from '../traceFiles/otlpProtobuf.ts';
import { readRequest } from './readRequest.ts';
import { Refusal, toRefusal, type WireForm } from './refusal.ts';
import type { OriginTable, RequestRecords } from './requestSink.ts';

/** Requests between their first byte and their answer, of both protocols. */
const MAX_REQUESTS = 128;
/** Of these so many are unpacked and read at a time. */
const MAX_READING = 2;
/** A request of more than this goes on counting as being read until it is stored. */
const LARGE_BYTES = 8_000_000;

export type Figures = {
  requests: number;
  refusedRequests: number;
  spans: number;
  logs: number;
  metricPoints: number;
  rejected: number;
  lastMs: number | null;
};
export type Taken = { readonly rejected: number; readonly message: string };

export class Intake {
  readonly figures: Figures = {
    requests: 0,
    refusedRequests: 0,
    spans: 0,
    logs: 0,
    metricPoints: 0,
    rejected: 0,
    lastMs: null,
  };
  readonly #config: () => ReceiverConfig;
  readonly #write: (records: RequestRecords) => Promise<number>;
  readonly #changed: () => void;
  readonly #origins: OriginTable = new Map();
  #underway = 0;
  #reading = 0;
  readonly #waiting: (() => void)[] = [];
  #idle: (() => void)[] = [];

  constructor(
    config: () => ReceiverConfig,
    write: (records: RequestRecords) => Promise<number>,
    changed: () => void,
  ) {
    this.#config = config;
    this.#write = write;
    this.#changed = changed;
  }

  /** Until `end`. @throws Refusal where too many are under way */
  begin(): () => void {
    if (this.#underway >= MAX_REQUESTS)
      throw new Refusal('tooMany', 'Too many requests at once: send it again in a moment.');
    this.#underway += 1;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#underway -= 1;
      if (this.#underway > 0) return;
      const waiting = this.#idle;
      this.#idle = [];
      for (const resolve of waiting) resolve();
    };
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    if (this.#underway > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  refused(): void {
    this.figures.requests += 1;
    this.figures.refusedRequests += 1;
    this.figures.lastMs = Date.now();
    this.#changed();
  }

  /**
   * Reads and stores a request; resolves when the store has it.
   * @param unpack gives the bytes when it is this request's turn
   * @throws Refusal
   */
  async take(signal: OtlpSignal, form: WireForm, unpack: () => Promise<Uint8Array>): Promise<Taken> {
    const config = this.#config();
    if (this.#reading >= MAX_READING) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#reading += 1;
    let isReading = true;
    const release = (): void => {
      if (!isReading) return;
      isReading = false;
      const next = this.#waiting.shift();
      if (next === undefined) this.#reading -= 1;
      else next();
    };
    try {
      const bytes = await unpack();
      const read = readRequest(signal, form, bytes, {
        maxSpansPerRequest: config.settings.maxSpansPerRequest,
        ownInstance: config.ownInstance,
        origins: this.#origins,
      });
      if (bytes.length <= LARGE_BYTES) release();
      const noRoom = read.count === 0 ? 0 : await this.#write(read.records);
      return this.#taken(signal, read.count - noRoom, read.rejected + noRoom, [
        read.message,
        noRoom === 0 ? '' : `the trace store has no room for ${noRoom} of the spans`,
      ]);
    } catch (error) {
      throw toRefusal(error);
    } finally {
      release();
    }
  }

  #taken(signal: OtlpSignal, count: number, rejected: number, words: readonly string[]): Taken {
    const { figures } = this;
    figures.requests += 1;
    if (signal === 'traces') figures.spans += count;
    else if (signal === 'logs') figures.logs += count;
    else figures.metricPoints += count;
    figures.rejected += rejected;
    figures.lastMs = Date.now();
    this.#changed();
    return { rejected, message: words.filter((part) => part !== '').join('; ') };
  }
}
