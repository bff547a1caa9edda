/** The bytes of a request, unpacked, as records. */
import { isPlain, listOf } from '../traceFiles/attributeValues.ts';
import { otlpMember, readOtlpPart } from '../traceFiles/otlpJson.ts';
import { readOtlpProtobuf, type OtlpSignal } from '../traceFiles/otlpProtobuf.ts';
import { Refusal, type WireForm } from './refusal.ts';
import { OWN_MESSAGE, RequestSink, type OriginTable, type RequestRecords } from './requestSink.ts';

export type ReadRequest = {
  readonly records: RequestRecords;
  /** Records in it. */
  readonly count: number;
  /** Were in the request and are not among them. */
  readonly rejected: number;
  /** Why, or what else there is to say; empty for nothing. */
  readonly message: string;
};

const MEMBERS = { traces: 'resourceSpans', logs: 'resourceLogs', metrics: 'resourceMetrics' } as const;

/** @throws Refusal for what is no request, is larger than allowed, or comes from this program itself */
export function readRequest(
  signal: OtlpSignal,
  form: WireForm,
  bytes: Uint8Array,
  options: {
    readonly maxSpansPerRequest: number;
    readonly ownInstance: string | null;
    readonly origins: OriginTable;
  },
): ReadRequest {
  const sink = new RequestSink(options, options.ownInstance, options.origins);
  if (form === 'json') readJson(signal, bytes, sink);
  else readOtlpProtobuf(bytes, sink, signal);
  const { count, rejected } = sink;
  const message = sink.message();
  if (count === 0 && rejected > 0)
    throw new Refusal(
      'unreadable',
      sink.own === rejected ? `${OWN_MESSAGE}.` : `Nothing of it could be read: ${message}.`,
    );
  return { records: sink.records(), count, rejected, message };
}

function readJson(signal: OtlpSignal, bytes: Uint8Array, sink: RequestSink): void {
  let request: unknown;
  try {
    // A mark of UTF-8 in front is no JSON, and is what some write.
    request = JSON.parse(
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
        .toString('utf8')
        .replace(/^\uFEFF/, ''),
    );
  } catch (error) {
    // The parser's own words quote the request.
    throw new Refusal(
      error instanceof SyntaxError ? 'unreadable' : 'tooLarge',
      error instanceof SyntaxError
        ? 'The body is no JSON.'
        : 'The body is larger than JSON can be read here.',
    );
  }
  if (!isPlain(request)) throw new Refusal('unreadable', 'The body is no object.');
  const wanted = MEMBERS[signal];
  let others: string | null = null;
  for (const [key, value] of Object.entries(request)) {
    const member = otlpMember(key);
    if (member !== wanted) {
      if (member !== null) others = key;
      continue;
    }
    if (!Array.isArray(value)) throw new Refusal('unreadable', `${wanted} is no list.`);
    for (const [index, part] of listOf(value).entries()) readOtlpPart(member, part, sink, `${key}[${index}]`);
  }
  if (others !== null && sink.count === 0)
    throw new Refusal('unreadable', `This path takes ${wanted}, and the body holds ${others}.`);
}
