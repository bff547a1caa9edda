/** Serves the deck's pictures and sounds to the windows, and nothing else: no folder is reachable by a name. */
import { extname } from 'node:path';
import { protocol } from 'electron';

const SCHEME = 'tracedeck-media';
/** By extension, in lower case; a file of another kind is not served. */
const TYPES: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.avif': 'image/avif',
  '.svg': 'image/svg+xml',
  '.bmp': 'image/bmp',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.ttf': 'font/ttf',
  '.otf': 'font/otf',
  '.mp3': 'audio/mpeg',
  '.ogg': 'audio/ogg',
  '.oga': 'audio/ogg',
  '.opus': 'audio/ogg',
  '.wav': 'audio/wav',
  '.m4a': 'audio/mp4',
  '.flac': 'audio/flac',
  '.webm': 'audio/webm',
};

/** Before the app is ready. */
export function declareMediaScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: SCHEME, privileges: { standard: true, secure: true, stream: true, corsEnabled: true } },
  ]);
}

/** @param read the file of that name; `null` where the deck has none */
export function serveMedia(read: (name: string) => Promise<Uint8Array | null>): void {
  protocol.handle(SCHEME, async ({ url }) => {
    const name = nameOf(url);
    const type = name === null ? undefined : TYPES[extname(name).toLowerCase()];
    const bytes = name === null || type === undefined ? null : await read(name);
    if (bytes === null) return new Response(null, { status: 404 });
    return new Response(bytes as Uint8Array<ArrayBuffer>, {
      headers: {
        'content-type': type!,
        'x-content-type-options': 'nosniff',
        // Fonts are asked for as if they were data of another site's.
        'access-control-allow-origin': '*',
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      },
    });
  });
}

function nameOf(url: string): string | null {
  try {
    const { host, pathname } = new URL(url);
    return host === 'deck' ? decodeURIComponent(pathname.slice(1)).normalize('NFC') : null;
  } catch {
    return null;
  }
}
