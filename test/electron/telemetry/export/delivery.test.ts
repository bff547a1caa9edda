import { describe, expect, it } from 'vitest';
import { Delivery } from '../../../../electron/telemetry/export/delivery.ts';
import type { DeliveryTiming } from '../../../../electron/telemetry/export/deliveryOptions.ts';
import type { Spool, SpoolEntry } from '../../../../electron/telemetry/export/spool.ts';
import type { Transport, TransportAnswer } from '../../../../electron/telemetry/export/transport.ts';
import { QUICK, until } from './exportRecords.ts';

const DELIVERED: TransportAnswer = { type: 'delivered', bytes: null, form: 'protobuf' };
const AWAY: TransportAnswer = { type: 'retry', message: 'away', afterMs: null };

/** A server whose answers the test gives, one after another. */
function toldTransport(): Transport & { readonly sent: string[]; answer(answer: TransportAnswer): void } {
  const sent: string[] = [];
  const waiting: ((answer: TransportAnswer) => void)[] = [];
  return {
    sent,
    send: (_signal, _form, bytes) => {
      sent.push(Buffer.from(bytes).toString());
      return new Promise((resolve) => waiting.push(resolve));
    },
    answer: (answer) => waiting.shift()!(answer),
    close: () => undefined,
  };
}
/** A disk in memory that can be full. */
function smallDisk(): Spool & { isFull: boolean } {
  const entries: { entry: SpoolEntry; bytes: Uint8Array }[] = [];
  return {
    isFull: false,
    bytes: 0,
    maxBytes: 1,
    problem: null,
    items: () => entries.reduce((sum, { entry }) => sum + entry.items, 0),
    append(signal, form, bytes, items) {
      if (this.isFull) return null;
      const entry = { number: entries.length, signal, form, name: '', diskBytes: 1, items };
      entries.push({ entry, bytes });
      return entry;
    },
    oldest: () => entries[0]?.entry ?? null,
    read: (entry) => entries.find((each) => each.entry === entry)!.bytes,
    settle: () => void entries.shift(),
    close: () => undefined,
  };
}
function open(transport: Transport, spool: Spool | null = null, timing: DeliveryTiming = QUICK) {
  const errors: string[] = [];
  const limits = { maxQueue: 100, maxBatch: 5 };
  const delivery = new Delivery<string>({
    signal: 'traces',
    weigh: () => 1,
    encode: (elements) => Buffer.from(elements.join('')),
    readAnswer: () => ({ rejected: 0, message: null }),
    limits,
    spool,
    timing,
    report: {
      request: () => undefined,
      delivered: () => undefined,
      error: (message) => errors.push(message),
    },
  });
  const aim = (at: Transport): void =>
    delivery.aim({ transport: at, form: 'protobuf', timeoutMs: 1000 }, limits);
  aim(transport);
  return { delivery, errors, aim };
}
const letters = (text: string): string[] => [...text];

describe('a delivery', () => {
  it('counts once what is answered in the very moment in which it is stopped', async () => {
    const transport = toldTransport();
    const { delivery } = open(transport);
    delivery.add(letters('abcde'));
    await until(() => transport.sent.length === 1);
    transport.answer(DELIVERED);
    await delivery.stop();
    expect(delivery.counts()).toEqual({ taken: 5, sent: 0, rejected: 0, dropped: 5, queued: 0, spooled: 0 });
  });

  it('does not put on disk what is under way, nor anything behind it that would overtake it', async () => {
    const transport = toldTransport();
    const spool = smallDisk();
    spool.isFull = true;
    const { delivery } = open(transport, spool);
    delivery.add(letters('abcde'));
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      await until(() => transport.sent.length === attempt);
      transport.answer(AWAY);
    }
    await until(() => transport.sent.length === 3);
    spool.isFull = false;
    delivery.add(letters('fghij'));
    expect(delivery.counts()).toMatchObject({ queued: 10, spooled: 0 });
    transport.answer(DELIVERED);
    await until(() => transport.sent.length === 4);
    transport.answer(DELIVERED);
    await until(() => delivery.counts().sent === 10);
    expect(transport.sent).toEqual(['abcde', 'abcde', 'abcde', 'fghij']);
    expect(delivery.counts().taken).toBe(10);
  });

  it('does not hold against a new endpoint that the one before it was away', async () => {
    const [before, after] = [toldTransport(), toldTransport()];
    const { delivery, aim, errors } = open(before, null, {
      ...QUICK,
      backoffMs: 3_600_000,
      maxBackoffMs: 3_600_000,
    });
    delivery.add(letters('abcde'));
    await until(() => before.sent.length === 1);
    aim(after);
    before.answer(AWAY);
    await until(() => after.sent.length === 1);
    after.answer(DELIVERED);
    await until(() => delivery.counts().sent === 5);
    expect(errors).toEqual(['away']);
  });

  it('sends nothing earlier for somebody who asks while the server wants peace', async () => {
    const transport = toldTransport();
    const { delivery } = open(transport, smallDisk());
    delivery.add(letters('abcde'));
    await until(() => transport.sent.length === 1);
    transport.answer({ type: 'retry', message: 'busy', afterMs: 3_600_000 });
    await until(() => delivery.state === 'waiting');
    expect(await delivery.flush(1000)).toBe(false);
    expect(transport.sent).toHaveLength(1);
    await delivery.stop();
    expect(delivery.counts()).toMatchObject({ taken: 5, spooled: 5 });
  });

  it('cuts nothing that cannot be cut, and takes what makes no sense in an answer for nothing', async () => {
    const transport = toldTransport();
    const { delivery, errors } = open(transport);
    delivery.add(letters('abcde'));
    await until(() => transport.sent.length === 1);
    transport.answer({ type: 'tooLarge', message: 'too large' });
    await until(() => delivery.counts().rejected === 5);
    expect([delivery.state, errors]).toEqual(['failed', ['too large']]);
  });
});
