/** As much of Node's Buffer as the store's blocks use, so that they can be read in a browser. */
const encoder = new TextEncoder();

class BrowserBuffer extends Uint8Array {
  static allocUnsafe(bytes: number): BrowserBuffer {
    return new BrowserBuffer(bytes);
  }
  static isBuffer(value: unknown): boolean {
    return value instanceof BrowserBuffer;
  }
  static byteLength(text: string): number {
    return encoder.encode(text).length;
  }
  static override from(source: unknown, offset?: unknown, length?: unknown): BrowserBuffer {
    if (source instanceof ArrayBuffer) {
      return new BrowserBuffer(source, offset as number, length as number);
    }
    if (typeof source === 'string') {
      const bytes = source.match(/../g)?.map((pair) => Number.parseInt(pair, 16)) ?? [];
      return new BrowserBuffer(bytes);
    }
    return new BrowserBuffer(source as ArrayLike<number>);
  }
  #view(): DataView {
    return new DataView(this.buffer, this.byteOffset, this.byteLength);
  }
  copy(into: Uint8Array, at: number, from: number, to: number): void {
    into.set(this.subarray(from, to), at);
  }
  writeDoubleLE(value: number, at: number): number {
    this.#view().setFloat64(at, value, true);
    return at + 8;
  }
  readDoubleLE(at: number): number {
    return this.#view().getFloat64(at, true);
  }
  writeUInt32LE(value: number, at: number): number {
    this.#view().setUint32(at, value, true);
    return at + 4;
  }
  readUInt32LE(at: number): number {
    return this.#view().getUint32(at, true);
  }
  write(text: string, at: number, encoding: 'utf8' | 'utf16le'): number {
    const bytes =
      encoding === 'utf8'
        ? encoder.encode(text)
        : Uint8Array.from({ length: text.length * 2 }, (_, place) =>
            place % 2 === 0 ? text.charCodeAt(place / 2) & 255 : text.charCodeAt((place - 1) / 2) >> 8,
          );
    this.set(bytes, at);
    return bytes.length;
  }
  override toString(encoding = 'utf8', from = 0, to = this.length): string {
    const part = this.subarray(from, to);
    if (encoding === 'hex') return Array.from(part, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return new TextDecoder(encoding === 'utf16le' ? 'utf-16le' : 'utf-8').decode(part);
  }
  utf8Slice(from: number, to: number): string {
    return this.toString('utf8', from, to);
  }
  ucs2Slice(from: number, to: number): string {
    return this.toString('utf16le', from, to);
  }
  latin1Slice(from: number, to: number): string {
    return String.fromCharCode(...this.subarray(from, to));
  }
}
Object.assign(globalThis, { Buffer: BrowserBuffer });
