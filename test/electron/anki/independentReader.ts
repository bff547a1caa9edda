/**
 * Reads packages as Anki's importer does, written from the rules alone and on nothing of the product: notes match by
 * guid; a newer `mod` of the same notetype updates, of another is a conflict; cards match by note and ordinal.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { unzipSync } from 'fflate';
import { testFolder } from './fixtures.ts';
import { readFileSync } from 'node:fs';

export type ReadNote = {
  readonly id: number;
  readonly guid: string;
  readonly mid: number;
  readonly mod: number;
  readonly tags: string;
  readonly flds: string;
  readonly sfld: string;
  readonly csum: number;
};
export type ReadCard = {
  readonly id: number;
  readonly nid: number;
  readonly did: number;
  readonly ord: number;
  readonly type: number;
  readonly queue: number;
  readonly due: number;
  readonly ivl: number;
  readonly factor: number;
  readonly reps: number;
  readonly lapses: number;
  readonly left: number;
  readonly flags: number;
  readonly data: string;
};
type Model = {
  readonly id: number;
  readonly name: string;
  readonly type: number;
  readonly mod: number;
  readonly flds: readonly { readonly name: string; readonly ord: number }[];
  readonly tmpls: readonly { readonly name: string; readonly qfmt: string; readonly afmt: string }[];
};

export function readPackage(path: string) {
  const files = unzipSync(readFileSync(path));
  const collection = join(testFolder(), 'collection');
  writeFileSync(collection, files['collection.anki2']!);
  const db = new Database(collection, { readonly: true });
  const col = db.prepare('SELECT * FROM col').get() as Record<string, string | number>;
  const read = {
    files,
    media: JSON.parse(Buffer.from(files['media']!).toString()) as Record<string, string>,
    col,
    models: JSON.parse(String(col['models'])) as Record<string, Model>,
    decks: JSON.parse(String(col['decks'])) as Record<string, { name: string; id: number }>,
    notes: db.prepare<[], ReadNote>('SELECT * FROM notes ORDER BY id').all(),
    cards: db.prepare<[], ReadCard>('SELECT * FROM cards ORDER BY id').all(),
    revlog: db.prepare<[], Record<string, number>>('SELECT * FROM revlog ORDER BY id').all(),
    integrity: db.pragma('integrity_check', { simple: true }) as string,
    graves: db.prepare('SELECT count(*) FROM graves').pluck().get() as number,
  };
  db.close();
  return read;
}

/** Without tags and with the usual entities read: enough for what we write. */
export function csumOf(field: string): number {
  const text = field
    .replace(/<[^>]*>/g, '')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&');
  return createHash('sha1').update(text).digest().readUInt32BE(0);
}

/** A collection that packages are imported into. */
export function createCollection() {
  const notes = new Map<string, ReadNote>();
  const cards = new Map<string, ReadCard & { deck: string }>();
  const notetypes = new Map<number, Model>();
  return {
    notes,
    cards,
    import(path: string) {
      const read = readPackage(path);
      const tally = { added: 0, updated: 0, unchanged: 0, conflicts: 0, cards: 0 };
      for (const model of Object.values(read.models)) {
        const there = notetypes.get(model.id);
        const names = (of: Model) =>
          JSON.stringify([of.flds.map((f) => f.name), of.tmpls.map((t) => t.name)]);
        if (there && names(there) !== names(model)) throw new Error('the notetype was made anew');
        if (!there || model.mod > there.mod) notetypes.set(model.id, model);
      }
      const guidOfNote = new Map(read.notes.map((note) => [note.id, note.guid]));
      for (const note of read.notes) {
        const there = notes.get(note.guid);
        if (there === undefined) tally.added += 1;
        else if (there.mid !== note.mid) {
          tally.conflicts += 1;
          continue;
        } else if (note.mod > there.mod) tally.updated += 1;
        else {
          tally.unchanged += 1;
          continue;
        }
        notes.set(note.guid, note);
      }
      for (const card of read.cards) {
        const key = `${guidOfNote.get(card.nid)} ${card.ord}`;
        if (cards.has(key)) continue;
        cards.set(key, { ...card, deck: read.decks[card.did]!.name });
        tally.cards += 1;
      }
      return tally;
    },
  };
}
