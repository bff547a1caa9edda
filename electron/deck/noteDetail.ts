/** One note with everything that the deck knows of it: cards, fields, source, how it was made, what was changed. */
import type { Analysis, Card, SourceItem, Stage } from '../../shared/card.ts';
import type { NoteChange, NoteDetail, NoteField, StageRecord } from '../../shared/deck.ts';
import type { Db } from '../sqlite/openDatabase.ts';

type NoteRow = {
  id: number;
  deck: string;
  term: string;
  tags: string;
  notetype: string | null;
  kind: 'standard' | 'cloze';
  css: string;
  notetypeFields: string;
  fields: string | null;
  analysis: string | null;
  source: string | null;
  createdMs: number;
  modifiedMs: number;
};
type StageRow = Omit<StageRecord, 'stage' | 'cached'> & { stage: string; cached: 0 | 1 };

/** What a note's `source` holds: the row it was made from and the name of the list; imported notes may have less. */
type StoredSource = Partial<SourceItem> & { readonly name?: string };

export type NoteReader = ReturnType<typeof createNoteReader>;

/** @param parts the cards of a note, and its history: read by the stores that keep them */
export function createNoteReader(
  db: Db,
  parts: {
    readonly cardsOf: (noteId: string) => readonly Card[];
    readonly historyOf: (noteId: string) => readonly NoteChange[];
  },
) {
  const note = db.prepare<[string], NoteRow>(
    `SELECT notes.id, decks.name AS deck, notes.term,
       (SELECT json_group_array(name) FROM (SELECT tags.name FROM note_tags JOIN tags ON tags.id = note_tags.tag_id
          WHERE note_tags.note_id = notes.id ORDER BY tags.name)) AS tags,
       notetypes.name AS notetype, notetypes.kind, notetypes.css, notetypes.fields AS notetypeFields, notes.fields,
       notes.analysis, notes.source, notes.created_ms AS createdMs, notes.modified_ms AS modifiedMs
     FROM notes JOIN decks ON decks.id = notes.deck_id
       LEFT JOIN notetypes ON notetypes.id = notes.notetype_id
     WHERE notes.uuid = ?`,
  );
  const stages = db.prepare<[number], StageRow>(
    `SELECT identity.generator, identity.model, identity.prompt_version AS promptVersion, identity.parameters,
       result.run_id AS runId, result.trace_id AS traceId, runs.source_name AS sourceName, result.source_row AS row,
       result.cached, result.stage, texts.prompt, texts.answer, result.created_ms AS atMs
     FROM stage_results AS result JOIN stage_identities AS identity ON identity.id = result.identity_id
       JOIN runs ON runs.id = result.run_id LEFT JOIN stage_texts AS texts ON texts.stage_result_id = result.id
     WHERE result.note_id = ? ORDER BY result.id`,
  );
  const source = db.prepare<[string], string | null>('SELECT source FROM notes WHERE uuid = ?').pluck();

  return {
    /** `null` for a note that is not there, or whose cards are all deleted. */
    detail(noteId: string): NoteDetail | null {
      const row = note.get(noteId);
      const cards = parts.cardsOf(noteId);
      if (row === undefined || cards.length === 0) return null;
      const from = storedSource(row.source);
      return {
        noteId,
        deck: row.deck,
        term: row.term,
        tags: JSON.parse(row.tags) as string[],
        cards,
        notetype: row.notetype === null ? null : { name: row.notetype, kind: row.kind, css: row.css },
        fields: fieldsOf(row),
        analysis: row.analysis === null ? null : (JSON.parse(row.analysis) as Analysis),
        source:
          from?.name === undefined
            ? null
            : { name: from.name, row: from.row ?? 0, place: from.place ?? null },
        columns: from?.extra ?? {},
        stages: stages
          .all(row.id)
          .map((stage) => ({ ...stage, stage: stage.stage as Stage, cached: stage.cached === 1 })),
        history: parts.historyOf(noteId),
        createdMs: row.createdMs,
        modifiedMs: row.modifiedMs,
      };
    },

    /** The row or passage that a note was made from; `null` for one that no run made. */
    sourceItem(noteId: string): SourceItem | null {
      const from = storedSource(source.get(noteId) ?? null);
      if (from?.term === undefined || from.kind === undefined) return null;
      const { row = 0, term, kind, fields = {}, extra = {}, place, passage } = from;
      return { row, term, kind, fields, extra, ...(place && { place }), ...(passage && { passage }) };
    },
  };
}

function storedSource(json: string | null): StoredSource | null {
  return json === null ? null : (JSON.parse(json) as StoredSource);
}

function fieldsOf({ fields, notetypeFields }: NoteRow): NoteField[] {
  if (fields === null) return [];
  const declared = JSON.parse(notetypeFields) as { readonly name?: string; readonly rtl?: boolean }[];
  return (JSON.parse(fields) as string[]).map((value, index) => ({
    name: declared[index]?.name ?? `Field ${index + 1}`,
    value,
    rtl: declared[index]?.rtl === true,
  }));
}
