/**
 * What both forms of OTLP are written through: each field has a number (protobuf) and a name (JSON), so that one
 * description of a message (otlpEncode.ts) serves both.
 */
export interface OtlpWriter {
  string(field: number, name: string, value: string): void;
  /** Trace and span ids: bytes in protobuf, hex in JSON. */
  id(field: number, name: string, hex: string): void;
  /** Epoch milliseconds, with the rest of a time in nanoseconds, written as 64-bit nanoseconds. */
  time(field: number, name: string, epochMs: number, restNs?: number): void;
  /** An integer from -2^63 up to 2^63. */
  int64(field: number, name: string, value: number): void;
  /** A count, of fixed width in protobuf. */
  count64(field: number, name: string, value: number): void;
  /** Also for enumerations. */
  uint32(field: number, name: string, value: number): void;
  /** Flags, of fixed width in protobuf. */
  bits32(field: number, name: string, value: number): void;
  double(field: number, name: string, value: number): void;
  bool(field: number, name: string, value: boolean): void;
  counts64(field: number, name: string, values: readonly number[]): void;
  doubles(field: number, name: string, values: readonly number[]): void;
  /** A message inside this one, until `close`. */
  open(field: number, name: string): void;
  close(): void;
  /** A list of messages: `item` and `close` for each, then `endList`. */
  list(field: number, name: string): void;
  item(field: number): void;
  endList(): void;
  finish(): Uint8Array;
  reset(): void;
}
