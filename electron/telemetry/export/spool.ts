/**
 * Encoded requests that wait on disk while their endpoint is away, in order, across restarts of the program.
 * One file is one request:
 *
 *   name     <number, 12 digits>-<signal>-<form>-<items>.otlp
 *   header   'TDSP', u32 items, u32 length, 20 bytes of SHA-256 over the other fields, the name's signal and form,
 *            and the content
 *
 * A file is written under another name and renamed, so it is whole or not there, unless the machine went down.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SIGNALS } from '../../../shared/telemetrySettings.ts';
import type { Signal } from '../../../shared/telemetrySettings.ts';
import type { OtlpForm } from './otlpEncode.ts';
import { takeSpoolFolder } from './spoolFolder.ts';

export type SpoolEntry = {
  readonly number: number;
  readonly signal: Signal;
  readonly form: OtlpForm;
  readonly name: string;
  /** Blocks on disk, not only the content. */
  readonly diskBytes: number;
  /** Not settled yet. */
  readonly items: number;
};

export interface Spool {
  /** What all files take up. */
  readonly bytes: number;
  /** May change; holds from the next request on that is written. 0: nothing more is written. */
  maxBytes: number;
  /** The latest thing that went wrong with the disk, until something is written again. */
  readonly problem: string | null;
  items(signal: Signal): number;
  /**
   * Writes a request behind all others, and gives up the oldest where there is no room for it. `null` where the
   * disk does not take it: then it is the caller's again.
   */
  append(signal: Signal, form: OtlpForm, bytes: Uint8Array, items: number): SpoolEntry | null;
  oldest(signal: Signal): SpoolEntry | null;
  /** The request; `null` for a torn file, which is gone then. What is being read is not given up for room. */
  read(entry: SpoolEntry): Uint8Array | null;
  /** So many of its items are done with. With the last one the file goes. */
  settle(entry: SpoolEntry, items: number): void;
  close(): void;
}

export type SpoolOptions = {
  readonly spoolDir: string;
  readonly id: string;
  readonly maxBytes: number;
  /** Items that were given up for room or found damaged. */
  readonly onDropped: (signal: Signal, items: number) => void;
};

type Entry = { -readonly [Key in keyof SpoolEntry]: SpoolEntry[Key] };

const HEADER_BYTES = 32;
const BLOCK_BYTES = 4096;
const NAME = /^(\d{12})-(traces|metrics|logs)-(protobuf|json)-(\d{1,9})\.otlp$/;
/** Out of another folder, until it has its number in this one. Sorted by when it came. */
const ADOPTED = /^adopted-\d+-(.+)$/;

/** Opens the spool with what is in it. @throws Error where the folder cannot be made or is taken */
export function openSpool({ spoolDir, id, maxBytes, onDropped }: SpoolOptions): Spool {
  let adopted = 0;
  let nextNumber = 1;
  const folder = takeSpoolFolder(spoolDir, id, (from, name, into) => {
    const own = ADOPTED.exec(name)?.[1] ?? name;
    if (!NAME.test(own)) return;
    // Behind all that may lie in the folder already; sorted in with the rest below, or by whoever comes after a crash.
    const order = `${Date.now()}${String(adopted).padStart(6, '0')}`;
    adopted += 1;
    renameSync(join(from, name), join(into, `adopted-${order}-${own}`));
  });
  if (folder === null) throw new Error('Other processes use all folders for what waits on disk.');
  const { dir } = folder;
  const entries: Record<Signal, Entry[]> = { traces: [], metrics: [], logs: [] };
  let bytesOnDisk = 0;
  let problem: string | null = null;
  /** Being sent: not to be given up for room. */
  const reading = new Set<Entry>();

  try {
    load();
  } catch (error) {
    folder.release();
    throw error;
  }

  function load(): void {
    const names = readdirSync(dir).sort();
    for (const name of names) {
      const parts = NAME.exec(name);
      if (parts !== null) {
        nextNumber = Number(parts[1]) + 1;
        add(name, statSync(join(dir, name)).size);
      } else if (name.endsWith('.tmp')) rmSync(join(dir, name), { force: true });
    }
    for (const name of names) {
      const own = ADOPTED.exec(name)?.[1];
      if (own === undefined || !NAME.test(own)) continue;
      const renamed = own.replace(/^\d+/, numberText(nextNumber));
      nextNumber += 1;
      renameSync(join(dir, name), join(dir, renamed));
      add(renamed, statSync(join(dir, renamed)).size);
    }
  }

  function add(name: string, size: number): Entry {
    const [, number, signal, form, items] = NAME.exec(name)!;
    const entry: Entry = {
      number: Number(number),
      signal: signal as Signal,
      form: form as OtlpForm,
      name,
      diskBytes: onDisk(size),
      items: Number(items),
    };
    entries[entry.signal].push(entry);
    bytesOnDisk += entry.diskBytes;
    return entry;
  }

  function remove(entry: Entry): void {
    const list = entries[entry.signal];
    const at = list.indexOf(entry);
    if (at < 0) return;
    list.splice(at, 1);
    bytesOnDisk -= entry.diskBytes;
    reading.delete(entry);
    discard(join(dir, entry.name));
  }

  function discard(path: string): void {
    try {
      rmSync(path, { force: true });
    } catch (error) {
      problem = describe(error);
    }
  }

  function drop(entry: Entry): void {
    const { signal, items } = entry;
    remove(entry);
    entry.items = 0;
    onDropped(signal, items);
  }

  /** Makes room for so many bytes; `false` where even without the others they are too many. */
  function makeRoom(bytes: number, limit: number): boolean {
    const pinned = [...reading].reduce((sum, { diskBytes }) => sum + diskBytes, 0);
    if (pinned + bytes > limit) return false;
    while (bytesOnDisk + bytes > limit) {
      const firsts = SIGNALS.flatMap((signal) => entries[signal].find((entry) => !reading.has(entry)) ?? []);
      drop(firsts.sort((a, b) => a.number - b.number)[0]!);
    }
    return true;
  }

  return {
    maxBytes,
    get bytes() {
      return bytesOnDisk;
    },
    get problem() {
      return problem;
    },
    items: (signal) => entries[signal].reduce((sum, { items }) => sum + items, 0),
    append(signal, form, bytes, items) {
      if (!makeRoom(onDisk(bytes.length + HEADER_BYTES), this.maxBytes)) return null;
      const name = `${numberText(nextNumber)}-${signal}-${form}-${items}.otlp`;
      const temporary = join(dir, 'next.tmp');
      try {
        writeFileSync(temporary, Buffer.concat([header(signal, form, items, bytes), bytes]), { mode: 0o600 });
        renameSync(temporary, join(dir, name));
      } catch (error) {
        discard(temporary);
        problem = describe(error);
        return null;
      }
      problem = null;
      nextNumber += 1;
      return add(name, bytes.length + HEADER_BYTES);
    },
    oldest: (signal) => entries[signal][0] ?? null,
    read(entry) {
      const held = entry as Entry;
      try {
        const file = readFileSync(join(dir, entry.name));
        const content = file.subarray(HEADER_BYTES);
        const items = Number(NAME.exec(entry.name)![4]);
        if (
          file.length > HEADER_BYTES &&
          header(entry.signal, entry.form, items, content).equals(file.subarray(0, HEADER_BYTES))
        ) {
          reading.add(held);
          return content;
        }
        problem = 'A file that waited on disk was damaged and is left out.';
      } catch (error) {
        problem = describe(error);
      }
      drop(held);
      return null;
    },
    settle(entry, items) {
      const held = entry as Entry;
      held.items -= items;
      if (held.items <= 0) remove(held);
    },
    close: () => folder.release(),
  };
}

function header(signal: Signal, form: OtlpForm, items: number, content: Uint8Array): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  head.write('TDSP', 0, 'latin1');
  head.writeUInt32LE(items, 4);
  head.writeUInt32LE(content.length, 8);
  const hash = createHash('sha256').update(head.subarray(0, 12)).update(`${signal} ${form} `).update(content);
  hash.digest().copy(head, 12, 0, 20);
  return head;
}

const numberText = (number: number): string => String(number).padStart(12, '0');
const onDisk = (bytes: number): number => Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;

/** What the system says, without the path. */
function describe(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'There is no room on the disk for what waits.';
  return `What waits cannot be kept on disk (${code ?? message}).`;
}
