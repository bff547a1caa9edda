import { openSpans } from '../../../shared/packedSpans.ts';
import { SpanTable } from '../../derive/spanTable.ts';
import { prepareWorker } from '../../flame/openWorker.ts';

/** About 15 ms of work each. */
const PART_SPANS = 20_000;
/** A trace of so few spans is taken in at once: it is there in less time than progress could be read in. */
const SMALL_SPANS = 50_000;

/**
 * Takes a trace into a table of its own, in parts between which the page can draw and take keys. `isWanted` is
 * asked before each part: `null` where it said no.
 */
export async function unpackTrace(
  bytes: Uint8Array,
  isWanted: () => boolean,
  onProgress: (done: number, of: number) => void,
): Promise<SpanTable | null> {
  const packed = openSpans(bytes);
  const { count } = packed;
  prepareWorker(count);
  const table = new SpanTable({ maxSpans: count });
  for (const done of table.upsertInParts(packed, count <= SMALL_SPANS ? Infinity : PART_SPANS)) {
    if (done >= count) break;
    onProgress(done, count);
    await rest();
    if (!isWanted()) return null;
  }
  return table;
}

/** Lets the page have its turn. A message comes sooner than a timer, which waits for 4 ms after some. */
function rest(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener(
      'message',
      () => {
        port1.close();
        resolve();
      },
      { once: true },
    );
    port1.start();
    port2.postMessage(null);
  });
}
