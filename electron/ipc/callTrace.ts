/** A call from a window as part of its caller's trace, and the spans that the window itself recorded. */
import { MAX_BAGGAGE_BYTES } from '../../shared/baggage.ts';
import { carrierSchema, type CallName } from '../../shared/ipc.ts';
import { ATTR, type Attributes, type SpanRecord } from '../../shared/span.ts';
import { decodeSpans } from '../../shared/spanCodec.ts';
import { SpanCodecError } from '../../shared/spanFormat.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import type { Origin, Telemetry } from '../telemetry/api.ts';

export type CallTelemetry = Pick<Telemetry, 'withParent' | 'extract' | 'component'>;

/** The part of telemetry that says how closely calls are recorded. */
const COMPONENT = 'ipc';
/** A window knows nothing of sampling: its carriers say that everything is recorded. */
const BEGUN_IN_WINDOW: Origin = { undecided: true };
const spanNameOf = (name: CallName) => `ipc ${name}`;

/**
 * Handles a call as an operation of the caller's trace. Without a carrier (no action of the user's), with a malformed
 * one, or with calls switched off, it is handled as it is.
 */
export function inCallersTrace<T>(
  telemetry: CallTelemetry,
  name: CallName,
  carrier: unknown,
  handle: () => T,
): T {
  if (carrier === undefined) return handle();
  const parsed = carrierSchema.safeParse(carrier);
  const component = telemetry.component(COMPONENT);
  if (!parsed.success || component.mode === 'off') return handle();
  const { action, ...carried } = parsed.data;
  // The window's own spans come when they are over; whether they are recorded is decided now.
  const above = [...(action === undefined ? [] : [action]), { name: spanNameOf(name) }];
  // The schema's optional fields are absent, never undefined: a message is cloned without them.
  const parent = telemetry.extract(carried as Record<string, string>, { ...BEGUN_IN_WINDOW, above });
  if (parent === null) return handle();
  const attributes = { [ATTR.rpcMethod]: name };
  const operation = component.operation(spanNameOf(name), { kind: 'server', attributes });
  return telemetry.withParent(parent, () => operation.run(handle));
}

const MAX_SPANS = 500;
const MAX_NAME = 128;
const MAX_ATTRIBUTES = 16;
const MAX_TEXT = 256;
/** So far from now a span of a window may lie. */
const MAX_AGE_MS = 86_400_000;
const WINDOW = 'window';

/**
 * Takes the spans of a window into this process's own.
 * @param lost - spans that the window had, and cannot hand in
 * @throws TracedeckError as `readWindowSpans` does
 */
export function adoptWindowSpans(
  telemetry: Pick<Telemetry, 'component' | 'spans'>,
  bytes: Uint8Array,
  lost = 0,
): void {
  const spans = readWindowSpans(bytes);
  if (telemetry.component(COMPONENT).mode === 'off') return;
  telemetry.spans.adopt(spans, { ...BEGUN_IN_WINDOW, lost });
}

/**
 * The spans of a packed block from a window, cut down to what a window has to say: short names, a few attributes,
 * no events, no links, and marked as the window's.
 *
 * @throws TracedeckError `bad_input` for bytes that are no spans, for spans that have not ended, and for too many
 */
export function readWindowSpans(bytes: Uint8Array, nowMs: number = Date.now()): readonly SpanRecord[] {
  const spans = decode(bytes);
  if (spans.length > MAX_SPANS) throw badInput(`more than ${MAX_SPANS} spans at once`);
  return spans.map((span) => {
    const { startMs, endMs } = span;
    if (endMs === null) throw badInput('a span that has not ended');
    // The codec lets through numbers only; these must also be times of today.
    if (endMs < startMs || Math.abs(endMs - nowMs) > MAX_AGE_MS || Math.abs(startMs - nowMs) > MAX_AGE_MS)
      throw badInput('a span of another time');
    return {
      ...span,
      name: span.name.slice(0, MAX_NAME),
      statusMessage: span.statusMessage?.slice(0, MAX_TEXT) ?? null,
      attributes: { ...cutDown(span.attributes), ...baggageOf(span), [ATTR.threadName]: WINDOW },
      events: [],
      links: [],
    };
  });
}

function decode(bytes: Uint8Array): readonly SpanRecord[] {
  try {
    return decodeSpans(bytes);
  } catch (thrown) {
    if (thrown instanceof SpanCodecError) throw badInput(thrown.message);
    throw thrown;
  }
}

/** A header as long as it may be: what of it is kept is decided where the span is taken in. */
function baggageOf({ attributes }: SpanRecord): Attributes {
  const header = attributes[ATTR.baggage];
  return typeof header === 'string' ? { [ATTR.baggage]: header.slice(0, MAX_BAGGAGE_BYTES) } : {};
}

function cutDown({ [ATTR.baggage]: _baggage, ...attributes }: Attributes): Attributes {
  const kept = Object.entries(attributes).filter(([, value]) => typeof value !== 'object');
  return Object.fromEntries(
    kept
      .slice(0, MAX_ATTRIBUTES)
      .map(([key, value]) => [
        key.slice(0, MAX_NAME),
        typeof value === 'string' ? value.slice(0, MAX_TEXT) : value,
      ]),
  );
}

function badInput(what: string): TracedeckError {
  return new TracedeckError('permanent', 'bad_input', `Spans from a window: ${what}.`);
}
