/** Tells by itself what each element of a JSON file is, and hands it to the reader of that form. */
import type { ImportFormat } from '../../shared/traceQuery.ts';
import { isPlain, listOf, type Plain } from './attributeValues.ts';
import { ChromeReader, isChromeEvent } from './chromeReader.ts';
import type { Collector } from './collector.ts';
import { isJaegerTrace, readJaegerTrace } from './jaegerReader.ts';
import { JaegerStream } from './jaegerStream.ts';
import { needsTooMuch, TOO_MANY_VALUES, type JsonElement } from './jsonSplitter.ts';
import { isOtlpWrapper, otlpMember, readOtlpPart, readOtlpRequest } from './otlpJson.ts';
import { createZipkinReader, isZipkinSpan } from './zipkinReader.ts';

/** The reason for what is none of ours. */
export const UNKNOWN = 'nothing that is known here';

export class ElementReader {
  format: ImportFormat | null = null;
  readonly #into: Collector;
  readonly #lines: boolean;
  readonly #modifiedMs: number;
  readonly #chrome: ChromeReader;
  readonly #zipkin: ReturnType<typeof createZipkinReader>;
  readonly #jaeger: JaegerStream;

  constructor(into: Collector, lines: boolean, modifiedMs: number) {
    this.#into = into;
    this.#lines = lines;
    this.#modifiedMs = modifiedMs;
    this.#chrome = new ChromeReader(into);
    this.#zipkin = createZipkinReader(into);
    this.#jaeger = new JaegerStream(into);
  }

  get wantsSecondTurn(): boolean {
    return this.format === 'zipkin' || this.#jaeger.hasTraces;
  }

  element(element: JsonElement): void {
    const { key, within, bytes, at } = element;
    const into = this.#into;
    if (key !== null && (within !== null || key === 'spans' || this.#jaeger.wants(key))) {
      return this.#jaegerPart(element, key);
    }
    const value = this.#parse(bytes, at);
    if (value === undefined) return;
    if (key !== null) return this.#member(key, value, element);
    if (isPlain(value) && readOtlpRequest(value, into, at)) this.#is(this.#lines ? 'otlp-jsonl' : 'otlp');
    else if (isPlain(value) && Array.isArray(value['scopeSpans'])) {
      this.#is('otlp');
      readOtlpPart('resourceSpans', value, into, at);
    } else if (isJaegerTrace(value)) this.#jaegerTrace(value, at);
    else if (isPlain(value) && listOf(value['data']).some(isJaegerTrace)) {
      for (const [index, trace] of listOf(value['data']).entries())
        if (isJaegerTrace(trace)) this.#jaegerTrace(trace, `${at} data[${index}]`);
    } else if (isZipkinSpan(value)) {
      this.#is('zipkin');
      this.#zipkin.look(value);
    } else if (Array.isArray(value) && value.some(isZipkinSpan)) {
      this.#is('zipkin');
      for (const [index, span] of value.entries()) {
        if (isZipkinSpan(span)) this.#zipkin.look(span);
        else into.refuse(UNKNOWN, `${at}[${index}]`);
      }
    } else if (isChromeEvent(value)) {
      this.#is('chrome');
      this.#chrome.event(value, bytes, at);
    } else if (!isEmpty(value)) into.refuse(UNKNOWN, at);
  }

  /** Zipkin's spans, once it is known which of them share an id, and Jaeger's, once their processes are. */
  secondTurn(element: JsonElement): void {
    const { key, bytes, at } = element;
    if (key === 'spans') {
      const span = this.#parse(bytes, at);
      if (span !== undefined) this.#jaeger.read(element, span, at);
    }
    if (key !== null) return;
    let value: unknown;
    try {
      value = JSON.parse(bytes.toString('utf8'));
    } catch {
      // Told in the first turn.
      return;
    }
    const spans = Array.isArray(value) ? value : [value];
    for (const [index, span] of spans.entries())
      if (isZipkinSpan(span)) this.#zipkin.read(span, Array.isArray(value) ? `${at}[${index}]` : at);
  }

  async finish(): Promise<void> {
    if (this.format === 'chrome') await this.#chrome.finish({ modifiedMs: this.#modifiedMs });
    this.#jaeger.refuseOthers();
  }

  #member(key: string, value: unknown, { bytes, at }: JsonElement): void {
    const into = this.#into;
    const member = otlpMember(key);
    if (member !== null) {
      this.#is('otlp');
      readOtlpPart(member, value, into, at);
    } else if (key === 'traceEvents') {
      this.#is('chrome');
      if (isChromeEvent(value)) this.#chrome.event(value, bytes, at);
      else into.refuse('an event without a phase', at);
    } else if (key === 'data' && isJaegerTrace(value)) this.#jaegerTrace(value, at);
    else if (key === 'data' && isPlain(value)) into.refuse('no trace', at);
    else if (key === 'metadata' || key === 'otherData') this.#chrome.metadata(value);
    else if (isOtlpWrapper(key) && readOtlpRequest(value, into, at)) this.#is('otlp');
  }

  /** A part of a trace that is read span by span; spans are parsed in the second turn. */
  #jaegerPart(element: JsonElement, key: string): void {
    const value = this.#jaeger.wants(key) ? this.#parse(element.bytes, element.at) : null;
    if (value === undefined) return;
    this.#jaeger.look(element, key, value);
    if (this.#jaeger.hasTraces) this.#is('jaeger');
  }

  #jaegerTrace(trace: Plain, at: string): void {
    this.#is('jaeger');
    readJaegerTrace(trace, this.#into, at);
  }

  #is(format: ImportFormat): void {
    this.format ??= format;
  }

  #parse(bytes: Buffer, at: string): unknown {
    if (needsTooMuch(bytes)) {
      this.#into.refuse(`${at} ${TOO_MANY_VALUES}`, at);
      return undefined;
    }
    try {
      return JSON.parse(bytes.toString('utf8'));
    } catch (error) {
      this.#into.refuse(`broken JSON`, error instanceof Error ? `${at}: ${error.message.slice(0, 80)}` : at);
      return undefined;
    }
  }
}

/** Nothing, as some end their lists with. */
function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
