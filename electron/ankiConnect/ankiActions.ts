/** AnkiConnect's actions that we use: what goes in, and the form that the answer must have. */
import { z } from 'zod';

/** A note that is not there is an empty object. */
const noteInfo = z.object({
  noteId: z.int().optional(),
  modelName: z.string().optional(),
  tags: z.array(z.string()).optional(),
  fields: z.record(z.string(), z.object({ value: z.string(), order: z.int() })).optional(),
  cards: z.array(z.int()).optional(),
});
export type NoteInfo = z.infer<typeof noteInfo>;

export const ANSWERS = {
  version: z.int(),
  requestPermission: z.object({
    permission: z.string(),
    requireApiKey: z.boolean().optional(),
    version: z.int().optional(),
  }),
  deckNames: z.array(z.string()),
  createDeck: z.unknown(),
  modelNamesAndIds: z.record(z.string(), z.int()),
  modelFieldNames: z.array(z.string()),
  createModel: z.unknown(),
  findNotes: z.array(z.int()),
  notesInfo: z.array(noteInfo),
  canAddNotes: z.array(z.boolean()),
  addNote: z.int().nullable(),
  updateNoteFields: z.unknown(),
  addTags: z.unknown(),
  removeTags: z.unknown(),
  changeDeck: z.unknown(),
  getMediaFilesNames: z.array(z.string()),
  storeMediaFile: z.unknown(),
} as const satisfies Record<string, z.ZodType>;

export type Action = keyof typeof ANSWERS;
export type Answer<A extends Action> = z.infer<(typeof ANSWERS)[A]>;

export type NewAnkiNote = {
  readonly deckName: string;
  readonly modelName: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly options: {
    readonly allowDuplicate: boolean;
    readonly duplicateScope: 'deck';
    readonly duplicateScopeOptions: { readonly deckName: string; readonly checkChildren: boolean };
  };
};

export type Params = {
  version: Record<string, never>;
  requestPermission: Record<string, never>;
  deckNames: Record<string, never>;
  createDeck: { deck: string };
  modelNamesAndIds: Record<string, never>;
  modelFieldNames: { modelName: string };
  createModel: {
    modelName: string;
    inOrderFields: readonly string[];
    css: string;
    isCloze: boolean;
    cardTemplates: readonly { Name: string; Front: string; Back: string }[];
  };
  findNotes: { query: string };
  notesInfo: { notes: readonly number[] };
  canAddNotes: { notes: readonly NewAnkiNote[] };
  addNote: { note: NewAnkiNote };
  updateNoteFields: { note: { id: number; fields: Readonly<Record<string, string>> } };
  addTags: { notes: readonly number[]; tags: string };
  removeTags: { notes: readonly number[]; tags: string };
  changeDeck: { cards: readonly number[]; deck: string };
  getMediaFilesNames: { pattern: string };
  storeMediaFile: { filename: string; data?: string; path?: string; deleteExisting: boolean };
};
