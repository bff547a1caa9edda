/**
 * What was read, on its way to the store: requests that come while others are being written go together, so that many
 * small ones cost no more than a few large ones. Each is answered when the store has said that it has it.
 */
import { encodeSpans } from '../../shared/spanCodec.ts';
import type { PackedRecords, StoreOutcome } from './receiverMessages.ts';
import { Refusal } from './refusal.ts';
import type { RequestRecords } from './requestSink.ts';

/** Less than the store takes at once: this program's own spans have to get in as well. */
const MAX_UNDERWAY = 3;
const GROUP_SPANS = 8192;
const GROUP_RECORDS = 20_000;

type Waiting = {
  readonly records: RequestRecords;
  /** With the number of its spans for which there was no room. */
  readonly resolve: (refused: number) => void;
  readonly reject: (refusal: Refusal) => void;
};

export class WriteQueue {
  readonly #post: (seq: number, records: PackedRecords, transfer: ArrayBuffer[]) => void;
  #waiting: Waiting[] = [];
  readonly #underway = new Map<number, readonly Waiting[]>();
  #seq = 0;

  constructor(post: (seq: number, records: PackedRecords, transfer: ArrayBuffer[]) => void) {
    this.#post = post;
  }

  /** Resolves once it is stored, with the spans that found no room. @throws Refusal */
  write(records: RequestRecords): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ records, resolve, reject });
      this.#pump();
    });
  }

  settle(seq: number, outcome: StoreOutcome): void {
    const group = this.#underway.get(seq);
    if (group === undefined) return;
    this.#underway.delete(seq);
    if (outcome.type === 'stored') {
      let left = outcome.refused;
      for (const { records, resolve } of group) {
        const own = Math.min(left, records.packedSpans + records.spans.length);
        left -= own;
        resolve(own);
      }
    } else {
      for (const { reject } of group)
        reject(new Refusal(outcome.canRetry ? 'busy' : 'internal', outcome.message));
    }
    this.#pump();
  }

  #pump(): void {
    while (this.#underway.size < MAX_UNDERWAY && this.#waiting.length > 0) {
      let spans = 0;
      let others = 0;
      let count = 0;
      for (const { records } of this.#waiting) {
        spans += records.packedSpans + records.spans.length;
        others += records.logs.length + records.points.length + records.deltas.length;
        if (count > 0 && (spans > GROUP_SPANS || others > GROUP_RECORDS)) break;
        count += 1;
      }
      this.#send(this.#waiting.splice(0, count));
    }
  }

  #send(group: readonly Waiting[]): void {
    let records: PackedRecords;
    try {
      records = packed(group.map((each) => each.records));
    } catch {
      // One that cannot be packed must not take the others along.
      if (group.length > 1) for (const one of group) this.#send([one]);
      else group[0]?.reject(new Refusal('unreadable', 'These spans cannot be stored.'));
      return;
    }
    this.#seq += 1;
    this.#underway.set(this.#seq, group);
    const own = (bytes: Uint8Array) => bytes.byteLength === bytes.buffer.byteLength;
    this.#post(
      this.#seq,
      records,
      records.spans.filter(own).map((bytes) => bytes.buffer as ArrayBuffer),
    );
  }
}

function packed(group: readonly RequestRecords[]): PackedRecords {
  const loose = group.length === 1 ? group[0]!.spans : group.flatMap(({ spans }) => spans);
  return {
    spans: [...group.flatMap(({ packs }) => packs), ...(loose.length === 0 ? [] : [encodeSpans(loose)])],
    logs: group.flatMap(({ logs }) => logs),
    points: group.flatMap(({ points }) => points),
    deltas: group.flatMap(({ deltas }) => deltas),
  };
}
