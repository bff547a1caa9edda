/** Bytes written front to back into one buffer that grows and is used again. */
const FIRST_BYTES = 64 * 1024;
/** A buffer that grew beyond this for one large request is not kept for the next. */
const KEPT_BYTES = 2 * 1024 * 1024;
/** Up to here a loop over the characters beats the call into native code. */
const SHORT_TEXT = 48;

export class ByteBuffer {
  /** Written up to `at`. Another one after each `reserve`. */
  bytes: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  view: DataView = viewOf(this.bytes);
  at = 0;

  /** Makes room for so many bytes behind `at`. */
  reserve(bytes: number): void {
    const wanted = this.at + bytes;
    if (wanted <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(wanted, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.at);
    this.bytes = grown;
    this.view = viewOf(grown);
  }

  /** Text of characters below 128. */
  ascii(text: string): void {
    const { length } = text;
    this.reserve(length);
    if (length > SHORT_TEXT) {
      this.at += this.bytes.write(text, this.at, 'latin1');
      return;
    }
    const { bytes, at } = this;
    for (let index = 0; index < length; index += 1) bytes[at + index] = text.charCodeAt(index);
    this.at = at + length;
  }

  /** What was written, as a copy; the buffer begins anew. */
  take(): Uint8Array {
    const result = new Uint8Array(this.at);
    result.set(this.bytes.subarray(0, this.at));
    this.reset();
    return result;
  }

  reset(): void {
    this.at = 0;
    if (this.bytes.length <= KEPT_BYTES) return;
    this.bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
    this.view = viewOf(this.bytes);
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
