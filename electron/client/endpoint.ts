/** A base URL taken apart: what is requested, what is shown, and the secrets that must stay out of sight. */
import { TracedeckError } from '../errors/tracedeckError.ts';

export type Endpoint = {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Host and port as OpenTelemetry names them. */
  readonly serverAddress: string;
  readonly serverPort: number;
  /** The headers that prove who asks; secret. */
  readonly credentials: Readonly<Record<string, string>>;
  /** The URL to request, query of the base URL included. */
  urlOf(path: string): URL;
  /** The same without user-info and query: safe to print. */
  shownUrlOf(path: string): string;
};

/**
 * Reads a base URL. User-info becomes basic authentication where no key is given.
 *
 * @throws TracedeckError `base_url_invalid` or `api_key_invalid`; neither repeats what it was given.
 */
export function parseEndpoint(baseUrl: string, apiKey: string | null, keyHeader = 'authorization'): Endpoint {
  const base = URL.canParse(baseUrl) ? new URL(baseUrl) : null;
  if (base === null || (base.protocol !== 'http:' && base.protocol !== 'https:')) {
    throw new TracedeckError(
      'user',
      'base_url_invalid',
      'The base URL of the model server is no http(s) URL.',
      {
        hint: 'Give it up to the version segment, for example http://127.0.0.1:11434/v1.',
      },
    );
  }
  const credentials = credentialsOf(base, apiKey, keyHeader);
  base.username = '';
  base.password = '';
  base.hash = '';
  base.pathname = base.pathname.replace(/\/+$/, '');
  return {
    origin: base.origin,
    serverAddress: base.hostname.replace(/^\[|\]$/g, ''),
    serverPort: base.port === '' ? (base.protocol === 'https:' ? 443 : 80) : Number(base.port),
    credentials,
    urlOf(path) {
      const url = new URL(base);
      url.pathname = joinPaths(base.pathname, path);
      return url;
    },
    shownUrlOf: (path) => base.origin + joinPaths(base.pathname, path),
  };
}

function joinPaths(base: string, path: string): string {
  return `${base.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`;
}

function credentialsOf(base: URL, apiKey: string | null, keyHeader: string): Record<string, string> {
  const key = apiKey?.trim() ?? '';
  if (key !== '') {
    // A header refuses such a key with an error that quotes it: refuse it first.
    if (!/^[\x21-\x7e]+$/.test(key)) {
      throw new TracedeckError('user', 'api_key_invalid', 'The API key holds characters that no key has.', {
        hint: 'Copy the key again, without spaces or line breaks in it.',
      });
    }
    return { [keyHeader]: keyHeader === 'authorization' ? `Bearer ${key}` : key };
  }
  if (base.username === '' && base.password === '') return {};
  const userInfo = `${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`;
  return { authorization: `Basic ${Buffer.from(userInfo, 'utf8').toString('base64')}` };
}
