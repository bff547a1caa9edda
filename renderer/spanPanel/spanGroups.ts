/** Attributes by the convention that names them, with titles and units for people. */
import { ATTR } from '../../shared/span.ts';
import type { Attributes, AttributeValue } from '../../shared/span.ts';
import { formatBytes, formatCount, formatDuration } from '../../shared/units.ts';

export type AttributeEntry = {
  readonly key: string;
  /** The key itself where the convention has no name for it. */
  readonly title: string;
  readonly value: AttributeValue;
  /** With its unit. */
  readonly text: string;
};
export type AttributeGroup = { readonly title: string; readonly entries: readonly AttributeEntry[] };

/** In this order. A prefix ends with a dot; anything else is a whole key. */
const GROUPS: readonly (readonly [title: string, ...keys: string[]])[] = [
  ['Tracedeck', 'tracedeck.'],
  ['Models', 'gen_ai.', 'llm.', 'openai.', 'embedding.'],
  ['HTTP', 'http.', 'url.', 'user_agent.'],
  ['Database', 'db.'],
  ['RPC', 'rpc.'],
  ['Messaging', 'messaging.'],
  ['Exception', 'exception.', 'error.'],
  [
    'Server and network',
    'server.',
    'client.',
    'network.',
    'net.',
    'source.',
    'destination.',
    'peer.',
    'tls.',
    'dns.',
  ],
  ['Thread and code', 'thread.', 'code.'],
  ['Service', 'service.', 'deployment.'],
  ['Machine', 'host.', 'os.', 'process.', 'container.', 'k8s.', 'cloud.', 'device.'],
  ['Telemetry', 'telemetry.', 'otel.'],
  ['User and session', 'session.', 'user.', 'enduser.', 'browser.'],
];
const OTHER = 'Other';

type Unit = 'tokens' | 'bytes' | 'ms' | 's' | 'count' | 'dollars' | 'text';

const TITLES: Readonly<Record<string, readonly [title: string, unit?: Unit]>> = {
  [ATTR.runId]: ['Run'],
  [ATTR.runSource]: ['List'],
  [ATTR.runState]: ['State of the run'],
  [ATTR.deckName]: ['Deck'],
  [ATTR.generator]: ['Generator'],
  [ATTR.itemKey]: ['Term'],
  [ATTR.itemRow]: ['Row of the list', 'count'],
  [ATTR.itemState]: ['State of the item'],
  [ATTR.itemAttempt]: ['Attempt', 'count'],
  [ATTR.stage]: ['Stage'],
  [ATTR.promptVersion]: ['Prompt version'],
  [ATTR.cardCount]: ['Cards', 'count'],
  [ATTR.noteCount]: ['Notes', 'count'],
  [ATTR.failedCount]: ['Failed items', 'count'],
  [ATTR.termCount]: ['Terms', 'count'],
  [ATTR.cacheTier]: ['Cache tier'],
  [ATTR.cacheOutcome]: ['Cache outcome'],
  [ATTR.cacheShared]: ['Waited for another lookup'],
  [ATTR.cacheBytes]: ['Cache entry', 'bytes'],
  [ATTR.cacheName]: ['Cache'],
  [ATTR.tokensSaved]: ['Tokens saved', 'tokens'],
  [ATTR.estimateInput]: ['Estimated input', 'tokens'],
  [ATTR.estimateOutput]: ['Estimated output', 'tokens'],
  [ATTR.cost]: ['Cost', 'dollars'],
  [ATTR.operations]: ['Operations', 'count'],
  [ATTR.currency]: ['Currency'],
  [ATTR.retryDelay]: ['Waited before the retry', 'ms'],
  [ATTR.retryAttempt]: ['Retry', 'count'],
  [ATTR.breakerState]: ['Circuit breaker'],
  [ATTR.limitKind]: ['Limit'],
  [ATTR.tokenKind]: ['Kind of tokens'],
  [ATTR.uiEvent]: ['Event'],
  [ATTR.uiElement]: ['Element'],
  [ATTR.dbChanges]: ['Rows changed', 'count'],
  [ATTR.dbStatements]: ['Statements', 'count'],
  [ATTR.dbDurationMs]: ['Time in the database', 'ms'],
  [ATTR.dbPlan]: ['Query plan'],
  [ATTR.dbOutcome]: ['Outcome'],
  [ATTR.genAiOperation]: ['Operation'],
  [ATTR.genAiProvider]: ['Provider'],
  [ATTR.genAiRequestModel]: ['Model asked for'],
  [ATTR.genAiResponseModel]: ['Model that answered'],
  [ATTR.genAiTemperature]: ['Temperature', 'text'],
  [ATTR.genAiMaxTokens]: ['Most output', 'tokens'],
  [ATTR.genAiInputMessages]: ['Messages in'],
  [ATTR.genAiOutputMessages]: ['Messages out'],
  [ATTR.genAiResponseId]: ['Answer id'],
  [ATTR.genAiFinishReasons]: ['Ended because of'],
  [ATTR.genAiInputTokens]: ['Input', 'tokens'],
  [ATTR.genAiOutputTokens]: ['Output', 'tokens'],
  [ATTR.genAiCacheReadTokens]: ['Of it read from the cache', 'tokens'],
  [ATTR.genAiCacheCreationTokens]: ['Of it written to the cache', 'tokens'],
  [ATTR.genAiReasoningTokens]: ['Of it reasoning', 'tokens'],
  [ATTR.httpMethod]: ['Method'],
  [ATTR.httpStatus]: ['Status', 'text'],
  [ATTR.httpResendCount]: ['Sent again', 'count'],
  'http.request.body.size': ['Request body', 'bytes'],
  'http.response.body.size': ['Response body', 'bytes'],
  'http.request.size': ['Request', 'bytes'],
  'http.response.size': ['Response', 'bytes'],
  'http.route': ['Route'],
  [ATTR.urlFull]: ['URL'],
  'url.path': ['Path'],
  'url.query': ['Query'],
  'url.scheme': ['Scheme'],
  'user_agent.original': ['User agent'],
  [ATTR.dbSystem]: ['System'],
  [ATTR.dbNamespace]: ['Database'],
  [ATTR.dbOperation]: ['Operation'],
  [ATTR.dbCollection]: ['Table'],
  [ATTR.dbQuerySummary]: ['Summary'],
  [ATTR.dbQueryText]: ['Statement'],
  [ATTR.dbBatchSize]: ['Batch', 'count'],
  [ATTR.dbReturnedRows]: ['Rows returned', 'count'],
  [ATTR.dbStatus]: ['Status', 'text'],
  'rpc.system': ['System'],
  'rpc.service': ['Service'],
  [ATTR.rpcMethod]: ['Method'],
  'rpc.grpc.status_code': ['gRPC status', 'text'],
  'messaging.system': ['System'],
  'messaging.destination.name': ['Destination'],
  'messaging.operation.name': ['Operation'],
  'messaging.operation.type': ['Kind of operation'],
  'messaging.message.id': ['Message'],
  'messaging.message.body.size': ['Body', 'bytes'],
  'messaging.batch.message_count': ['Messages', 'count'],
  [ATTR.errorType]: ['Kind of error'],
  [ATTR.errorCategory]: ['Category'],
  [ATTR.exceptionType]: ['Type'],
  [ATTR.exceptionMessage]: ['Message'],
  [ATTR.exceptionStacktrace]: ['Stack'],
  [ATTR.serverAddress]: ['Server'],
  [ATTR.serverPort]: ['Port', 'text'],
  'client.address': ['Client'],
  'network.peer.address': ['Peer'],
  'network.peer.port': ['Port of the peer', 'text'],
  'network.protocol.name': ['Protocol'],
  'network.protocol.version': ['Protocol version', 'text'],
  'thread.id': ['Thread id', 'text'],
  [ATTR.threadName]: ['Thread'],
  'code.function.name': ['Function'],
  'code.file.path': ['File'],
  'code.line.number': ['Line', 'text'],
  'service.name': ['Name'],
  'service.version': ['Version', 'text'],
  'service.instance.id': ['Instance'],
  'service.namespace': ['Namespace'],
  'deployment.environment.name': ['Environment'],
  'host.name': ['Host'],
  'host.arch': ['Processor'],
  'os.type': ['System'],
  'process.pid': ['Process', 'text'],
  'process.runtime.name': ['Runtime'],
  'process.runtime.version': ['Runtime version', 'text'],
  'telemetry.sdk.name': ['SDK'],
  'telemetry.sdk.language': ['Language'],
  'telemetry.sdk.version': ['SDK version', 'text'],
  'session.id': ['Session'],
};

/** What a key's own ending says of its unit, where the convention does not name it. */
const ENDINGS: readonly (readonly [RegExp, Unit])[] = [
  [/(?:^|[._])tokens$/, 'tokens'],
  [/(?:^|[._])(?:bytes|body\.size)$/, 'bytes'],
  [/(?:_ms|\.ms|_millis|\.milliseconds)$/, 'ms'],
  [/(?:_seconds|\.seconds)$/, 's'],
];

/** Groups in the order of the conventions, unknown prefixes after them in alphabetical order. */
export function attributeGroups(attributes: Attributes): readonly AttributeGroup[] {
  const found = new Map<string, AttributeEntry[]>();
  for (const key of Object.keys(attributes).sort()) {
    const title = groupOf(key);
    const entries = found.get(title);
    const entry = attributeEntry(key, attributes[key]!);
    if (entries === undefined) found.set(title, [entry]);
    else entries.push(entry);
  }
  const order = new Map(GROUPS.map(([title], at) => [title, at]));
  const place = (title: string) => (title === OTHER ? Infinity : (order.get(title) ?? GROUPS.length));
  return [...found]
    .map(([title, entries]) => ({ title, entries }))
    .sort((a, b) => place(a.title) - place(b.title) || a.title.localeCompare(b.title));
}

function groupOf(key: string): string {
  for (const [title, ...keys] of GROUPS) {
    if (keys.some((prefix) => (prefix.endsWith('.') ? key.startsWith(prefix) : key === prefix))) return title;
  }
  const dot = key.indexOf('.');
  return dot > 0 ? key.slice(0, dot) : OTHER;
}

export function attributeEntry(key: string, value: AttributeValue): AttributeEntry {
  const known = Object.hasOwn(TITLES, key) ? TITLES[key] : undefined;
  const unit = known === undefined ? ENDINGS.find(([ending]) => ending.test(key))?.[1] : known[1];
  return { key, title: known?.[0] ?? key, value, text: valueText(value, unit) };
}

function valueText(value: AttributeValue, unit: Unit | undefined): string {
  if (Array.isArray(value)) return value.join(', ');
  if (typeof value !== 'number' || unit === undefined || unit === 'text') return String(value);
  switch (unit) {
    case 'tokens':
      return `${formatCount(value)} tokens`;
    case 'bytes':
      return value < 1000 ? `${value} B` : `${formatBytes(value)} (${formatCount(value)} B)`;
    case 'ms':
      return formatDuration(value);
    case 's':
      return formatDuration(value * 1000);
    case 'count':
      return Number.isInteger(value) ? formatCount(value) : String(value);
    case 'dollars':
      return `$${value >= 0.01 || value === 0 ? value.toFixed(2) : value.toPrecision(2)}`;
  }
}

/** The groups with the entries that have a text in key, title or value; whatever the case. */
export function filteredGroups(groups: readonly AttributeGroup[], wanted: string): readonly AttributeGroup[] {
  const text = wanted.trim().toLowerCase();
  if (text === '') return groups;
  return groups
    .map(({ title, entries }) => ({
      title,
      entries: title.toLowerCase().includes(text)
        ? entries
        : entries.filter(
            (entry) =>
              entry.key.toLowerCase().includes(text) ||
              entry.title.toLowerCase().includes(text) ||
              entry.text.toLowerCase().includes(text),
          ),
    }))
    .filter(({ entries }) => entries.length > 0);
}

/** Attributes that are copies of baggage, and the others. `names`: the entries that spans carry. */
export function splitBaggage(
  attributes: Attributes,
  names: readonly string[],
): { readonly baggage: Attributes; readonly own: Attributes } {
  const isBaggage = (key: string) => key.startsWith('baggage.') || names.includes(key);
  const entries = Object.entries(attributes);
  return {
    baggage: Object.fromEntries(entries.filter(([key]) => isBaggage(key))),
    own: Object.fromEntries(entries.filter(([key]) => !isBaggage(key))),
  };
}
