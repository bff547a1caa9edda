/** Pictures as `data:` addresses, known by their first bytes and not by their name. */

/** Of all pictures of one sheet together; each counts once. */
const MAX_TOTAL_BYTES = 64_000_000;

export type Pictures = {
  readonly image: (name: string) => string | null;
  /** Pictures that were put in. */
  readonly count: () => number;
  /** Whether some were left out because all together would be too large. */
  readonly isFull: () => boolean;
};

/** @param read bytes of a media file of the deck, by its name; `null` where there is none */
export function createPictures(read: (name: string) => Uint8Array | null): Pictures {
  const known = new Map<string, string | null>();
  let total = 0;
  let count = 0;
  let full = false;
  return {
    image(name) {
      const before = known.get(name);
      if (before !== undefined) return before;
      const bytes = read(name);
      const mime = bytes === null ? null : imageType(bytes);
      let data: string | null = null;
      if (bytes !== null && mime !== null) {
        if (total + bytes.length > MAX_TOTAL_BYTES) full = true;
        else {
          total += bytes.length;
          count += 1;
          const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
          data = `data:${mime};base64,${view.toString('base64')}`;
        }
      }
      known.set(name, data);
      return data;
    },
    count: () => count,
    isFull: () => full,
  };
}

function imageType(bytes: Uint8Array): string | null {
  const head = String.fromCharCode(...bytes.subarray(0, 12));
  if (head.startsWith('\u0089PNG\r\n\u001a\n')) return 'image/png';
  if (head.startsWith('\u00ff\u00d8\u00ff')) return 'image/jpeg';
  if (/^GIF8[79]a/u.test(head)) return 'image/gif';
  return head.startsWith('RIFF') && head.slice(8) === 'WEBP' ? 'image/webp' : null;
}
