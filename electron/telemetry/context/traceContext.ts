/** W3C Trace Context (https://www.w3.org/TR/trace-context/): `traceparent` and `tracestate`. */

export type TraceParent = { readonly traceId: string; readonly spanId: string; readonly sampled: boolean };

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const ZEROS = /^0+$/;
const SAMPLED = 1;

/** `null` for what is none. Later versions may carry more behind the flags; version ff is forbidden. */
export function parseTraceparent(header: string): TraceParent | null {
  const match = TRACEPARENT.exec(header.trim());
  if (match === null) return null;
  const [, version, traceId, spanId, flags, more] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string?,
  ];
  if (version === 'ff' || (version === '00' && more !== undefined)) return null;
  if (ZEROS.test(traceId) || ZEROS.test(spanId)) return null;
  return { traceId, spanId, sampled: (parseInt(flags, 16) & SAMPLED) !== 0 };
}

export function formatTraceparent({ traceId, spanId, sampled }: TraceParent): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}

export function isTraceId(id: unknown): id is string {
  return typeof id === 'string' && /^[0-9a-f]{32}$/.test(id) && !ZEROS.test(id);
}
export function isSpanId(id: unknown): id is string {
  return typeof id === 'string' && /^[0-9a-f]{16}$/.test(id) && !ZEROS.test(id);
}

const MAX_MEMBERS = 32;
const MAX_LENGTH = 512;
/** A member longer than this goes first where room is short. */
const LONG_MEMBER = 128;
const STATE_KEY = /^(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})$/;
const STATE_VALUE = /^[ -~]{0,255}[!-~]$/;

/**
 * The list as it may be passed on, `''` for none. A list that is wrong anywhere is discarded as a whole, as the
 * standard has it: its order means something. Too long, it loses whole members: long ones first, then the last.
 */
export function cleanTracestate(header: string): string {
  let members: string[] = [];
  const keys = new Set<string>();
  for (const part of header.split(',')) {
    const member = part.replace(/^[ \t]+|[ \t]+$/g, '');
    if (member === '') continue;
    const at = member.indexOf('=');
    const key = member.slice(0, Math.max(0, at));
    const value = member.slice(at + 1);
    if (!STATE_KEY.test(key) || !STATE_VALUE.test(value) || /[,=]/.test(value) || keys.has(key)) return '';
    keys.add(key);
    members.push(member);
  }
  if (members.length > MAX_MEMBERS) return '';
  if (members.join(',').length > MAX_LENGTH) members = members.filter(({ length }) => length <= LONG_MEMBER);
  while (members.join(',').length > MAX_LENGTH) members.pop();
  return members.join(',');
}
