/** What a call to a database, a server or a cache says, without what differs from call to call. */
import { ATTR, SPAN } from '../span.ts';
import type { Attributes, AttributeValue } from '../span.ts';

const DB_TEXT = [ATTR.dbQuerySummary, ATTR.dbQueryText, 'db.statement'];
const DB_SYSTEM = [ATTR.dbSystem, 'db.system'];
const HTTP_METHOD = [ATTR.httpMethod, 'http.method'];
const HTTP_ROUTE = ['url.template', 'http.route'];
const HTTP_URL = [ATTR.urlFull, 'http.url', 'url.path', 'http.target'];

const CACHE_CALLS: ReadonlySet<string> = new Set([SPAN.cacheGet, SPAN.cacheSet]);

/** The same text for the same call with other parameters; `null` for a span that is no such call. */
export function statementOf(name: string, attributes: Attributes): string | null {
  if (first(attributes, DB_SYSTEM) !== null) {
    const text = first(attributes, DB_TEXT);
    if (text !== null) return withoutLiterals(text);
    const operation = first(attributes, [ATTR.dbOperation, 'db.operation']);
    const collection = first(attributes, [ATTR.dbCollection, 'db.sql.table']);
    return [operation ?? name, collection].filter((part) => part !== null).join(' ');
  }
  const method = first(attributes, HTTP_METHOD);
  if (method !== null) {
    const route = first(attributes, HTTP_ROUTE);
    if (route !== null) return `${method} ${route}`;
    const url = first(attributes, HTTP_URL);
    return url === null
      ? `${method} ${first(attributes, [ATTR.serverAddress]) ?? name}`
      : `${method} ${withoutIds(url)}`;
  }
  // A stage that was answered from the cache names its tier as well, and is no call.
  return attributes[ATTR.cacheOutcome] !== undefined || CACHE_CALLS.has(name) ? name : null;
}

/** SQL with its literals replaced, and lists of them by one. */
export function withoutLiterals(sql: string): string {
  return sql
    .slice(0, 2000)
    .replace(/'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b|\$\d+|:\w+/gu, '?')
    .replace(/\(\s*\?(?:\s*,\s*\?)+\s*\)/gu, '(?)')
    .replace(/\s+/gu, ' ')
    .trim();
}

/** An address without its query, and with the parts of its path that are numbers or ids replaced. */
export function withoutIds(url: string): string {
  const [path = ''] = url.split(/[?#]/, 1);
  const [, origin = '', rest = path] = /^([a-z][a-z0-9+.-]*:\/\/[^/]*)(.*)$/iu.exec(path) ?? [];
  return (
    origin +
    rest
      .split('/')
      .map((part) => (/^(?:\d+|[0-9a-f-]{8,}|(?=.*\d)[\w-]{16,})$/iu.test(part) ? '{id}' : part))
      .join('/')
  );
}

function first(attributes: Attributes, keys: readonly string[]): string | null {
  for (const key of keys) {
    const value: AttributeValue | undefined = attributes[key];
    if (typeof value === 'string' && value !== '') return value;
  }
  return null;
}
