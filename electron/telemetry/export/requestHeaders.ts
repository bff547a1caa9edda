/** Headers of an exporter's requests. Their values are secrets, wherever they come from. */
import { validateHeaderName, validateHeaderValue } from 'node:http';

export type RequestHeaders = {
  /** By lower-case name. */
  readonly values: Readonly<Record<string, string>>;
  /** Why the headers cannot be used, without any value; `null` where they can. */
  readonly problem: string | null;
  /** What nobody may see of them and of the addresses, longest first. */
  readonly secrets: readonly string[];
  /** A text without these secrets. */
  hide(text: string): string;
};

/** Belong to the transport. */
const OWN = new Set([
  'content-type',
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'connection',
]);

/**
 * The headers with `${NAME}` replaced by environment variables (`$${` stands for `${`), and the login of the
 * address, if it has one, as basic authorization.
 */
export function resolveHeaders(
  headers: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string | undefined>>,
  endpoints: readonly string[],
): RequestHeaders {
  const values: Record<string, string> = {};
  const secrets = new Set<string>();
  let problem: string | null = null;
  const fail = (why: string): void => {
    problem ??= why;
  };

  for (const [given, template] of Object.entries(headers)) {
    const name = given.trim().toLowerCase();
    if (OWN.has(name)) continue;
    const value = template
      .replace(/\$?\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (match, variable: string) => {
        if (match.startsWith('$$')) return match.slice(1);
        const found = env[variable];
        if (found === undefined || found === '') {
          fail(`The header ${name} needs the environment variable ${variable}, which is not set.`);
          return '';
        }
        secrets.add(found);
        return found;
      })
      .trim();
    secrets.add(value);
    // "Bearer abc": the part behind the scheme is what must not show either.
    for (const part of value.split(/\s+/)) secrets.add(part);
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
      values[name] = value;
    } catch {
      fail(`The header ${JSON.stringify(name)} has a name or value that HTTP does not allow.`);
    }
  }
  for (const endpoint of endpoints) {
    const { username, password, searchParams } = new URL(endpoint);
    for (const value of searchParams.values()) {
      for (const secret of [value, encodeURIComponent(value)]) secrets.add(secret);
    }
    if (username === '' && password === '') continue;
    const login = `${decode(username)}:${decode(password)}`;
    const encoded = Buffer.from(login).toString('base64');
    for (const secret of [login, encoded, decode(password), password, decode(username)]) secrets.add(secret);
    values['authorization'] ??= `Basic ${encoded}`;
  }

  const longestFirst = [...secrets].filter(({ length }) => length >= 4).sort((a, b) => b.length - a.length);
  const hidden = longestFirst.filter((secret) => !/^(basic|bearer|token|apikey|true|false)$/i.test(secret));
  return {
    values,
    problem,
    secrets: hidden,
    hide: (text) => hidden.reduce((rest, secret) => rest.replaceAll(secret, '[hidden]'), text),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
