/** Holds our notes against those in Anki: what is new, what changed, and by whose hand. */
import type { AnkiClient } from './ankiClient.ts';
import type { NoteInfo } from './ankiActions.ts';
import { ID_FIELD } from './pushPorts.ts';
import type { PushNote, PushPiece } from './pushPorts.ts';
import { hashOf, nfc } from './pushRecords.ts';
import type { PushRecord, PushRecords } from './pushRecords.ts';

export type OurPiece = { readonly note: PushNote; readonly piece: PushPiece };
/** A note of Anki's, as far as it is ours. */
export type TheirNote = {
  readonly ankiId: number;
  readonly fields: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly cards: readonly number[];
};
export type Verdict = OurPiece & {
  readonly record: PushRecord | null;
  readonly theirs: TheirNote | null;
  /**
   * `adopt`: it is there as we want it, and we did not know: a push was broken off, or our deck is restored from
   * a backup. `conflict`: nothing is done unless it is to be overwritten.
   */
  readonly kind: 'create' | 'update' | 'unchanged' | 'adopt' | 'conflict';
  /** Of a conflict. */
  readonly reason: string | null;
};

export const REASONS = {
  changed: 'It was changed in Anki since it was pushed.',
  deleted: 'It was deleted in Anki.',
  unknown: 'Anki has this note already, with other text.',
  otherNotetype: 'Anki has this note in another notetype.',
  duplicate: 'Anki has another note with the same first field in this deck.',
  empty: 'Its first field is empty, which Anki does not take.',
} as const;

/** Terms of one search: more would make a search that SQLite refuses. */
const IDS_A_SEARCH = 100;

/** @throws TracedeckError what the client throws */
export async function comparePieces(
  client: AnkiClient,
  records: PushRecords,
  ours: readonly OurPiece[],
): Promise<readonly Verdict[]> {
  const known = ours.map(({ note, piece }) => records.find(note.noteId, piece.piece));
  const byId = await readNotes(
    client,
    known.flatMap((record) => (record === null ? [] : [record.ankiId])),
  );
  const isMissing = (at: number): boolean => {
    const record = known[at] ?? null;
    return record === null || !byId.has(record.ankiId);
  };
  const found = await findByContent(
    client,
    ours.filter((_, at) => isMissing(at)),
  );
  return ours.map((our, at) => {
    const record = known[at] ?? null;
    const info = (record === null ? undefined : byId.get(record.ankiId)) ?? found.get(our) ?? null;
    return judge(our, record, info);
  });
}

function judge(our: OurPiece, record: PushRecord | null, info: NoteInfo | null): Verdict {
  const { piece } = our;
  if (info === null) {
    const base = { ...our, record, theirs: null };
    return record === null
      ? { ...base, kind: 'create', reason: null }
      : { ...base, kind: 'conflict', reason: REASONS.deleted };
  }
  const theirs = theirsOf(info, Object.keys(piece.fields));
  const base = { ...our, record, theirs };
  const wanted = hashOf(piece.notetype, piece.fields);
  const stored = hashOf(info.modelName ?? '', theirs.fields);
  const isOurs = record !== null && record.ankiId === theirs.ankiId;
  if (info.modelName !== piece.notetype) {
    return { ...base, theirs: null, kind: 'conflict', reason: REASONS.otherNotetype };
  }
  if (!isOurs) {
    return stored === wanted
      ? { ...base, kind: 'adopt', reason: null }
      : { ...base, kind: 'conflict', reason: REASONS.unknown };
  }
  if (stored !== record.storedHash) {
    // The same change on both sides is none.
    return stored === wanted
      ? { ...base, kind: 'adopt', reason: null }
      : { ...base, kind: 'conflict', reason: REASONS.changed };
  }
  const isSame =
    wanted === record.sentHash && piece.deck === record.sentDeck && sameTags(piece.tags, record.sentTags);
  return { ...base, kind: isSame ? 'unchanged' : 'update', reason: null };
}

/** By Anki's id; notes that are not there are left out. */
export async function readNotes(
  client: AnkiClient,
  ankiIds: readonly number[],
): Promise<ReadonlyMap<number, NoteInfo>> {
  if (ankiIds.length === 0) return new Map();
  const infos = await client.call('notesInfo', { notes: ankiIds });
  return new Map(infos.flatMap((info) => (info.noteId === undefined ? [] : [[info.noteId, info]])));
}

export function theirsOf(info: NoteInfo, names: readonly string[]): TheirNote {
  const fields = Object.fromEntries(names.map((name) => [name, nfc(info.fields?.[name]?.value ?? '')]));
  return { ankiId: info.noteId ?? 0, fields, tags: info.tags ?? [], cards: info.cards ?? [] };
}

/** Notes that are in Anki though no record says so: by our `Id`, or by Anki's own rule of the first field. */
async function findByContent(
  client: AnkiClient,
  ours: readonly OurPiece[],
): Promise<ReadonlyMap<OurPiece, NoteInfo>> {
  const found = new Map<OurPiece, NoteInfo>();
  const ownIds = new Map<string, OurPiece[]>();
  for (const our of ours) {
    const id = our.piece.fields[ID_FIELD];
    if (our.note.foundBy !== 'id' || id === undefined || id === '') continue;
    const same = ownIds.get(id);
    if (same === undefined) ownIds.set(id, [our]);
    else same.push(our);
  }
  const ids = [...ownIds.keys()];
  const infos: NoteInfo[] = [];
  for (let at = 0; at < ids.length; at += IDS_A_SEARCH) {
    const query = ids
      .slice(at, at + IDS_A_SEARCH)
      .map((id) => `"${ID_FIELD}:${escaped(id)}"`)
      .join(' OR ');
    infos.push(...(await readNotes(client, await client.call('findNotes', { query }))).values());
  }
  const taken = new Set<NoteInfo>();
  // Pieces of a note that share an Id: those of the same text first, so that what is left is what changed.
  for (const bySameText of [true, false]) {
    for (const info of infos) {
      if (taken.has(info)) continue;
      const our = ownIds
        .get(info.fields?.[ID_FIELD]?.value ?? '')
        ?.find(
          (one) =>
            !found.has(one) &&
            one.piece.notetype === info.modelName &&
            (!bySameText || isSameText(one, info)),
        );
      if (our === undefined) continue;
      found.set(our, info);
      taken.add(info);
    }
  }
  const imported = ours.filter(({ note }) => note.foundBy === 'first');
  if (imported.length === 0) return found;
  const notetypes = await client.call('modelNamesAndIds', {});
  const asked = imported.filter(({ piece }) => Object.hasOwn(notetypes, piece.notetype));
  const answers = await client.multi(
    'findNotes',
    asked.map(({ piece }) => ({
      query: `"dupe:${notetypes[piece.notetype]},${firstField(piece).replace(/[\\"]/gu, '\\$&')}"`,
    })),
  );
  const hits = asked.flatMap((our, at) => {
    const answer = answers[at];
    const [ankiId] = answer?.ok === true ? answer.value : [];
    return ankiId === undefined ? [] : [{ our, ankiId }];
  });
  const hitNotes = await readNotes(
    client,
    hits.map(({ ankiId }) => ankiId),
  );
  for (const { our, ankiId } of hits) {
    const info = hitNotes.get(ankiId);
    if (info !== undefined) found.set(our, info);
  }
  return found;
}

function isSameText({ piece }: OurPiece, info: NoteInfo): boolean {
  const [name] = Object.keys(piece.fields);
  return name !== undefined && nfc(info.fields?.[name]?.value ?? '') === nfc(piece.fields[name] ?? '');
}

export function firstField(piece: PushPiece): string {
  return Object.values(piece.fields)[0] ?? '';
}

/** As Anki's search wants text that means itself. */
function escaped(text: string): string {
  return text.replace(/[\\"*_:]/gu, '\\$&');
}

function sameTags(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((tag) => b.includes(tag));
}
