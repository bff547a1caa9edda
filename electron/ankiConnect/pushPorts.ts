/** What pushing needs of the deck. Wired in the composition root. */

/** One note as it is to stand in Anki. */
export type PushPiece = {
  /** 0 for the note itself, further texts of it from 1. */
  readonly piece: number;
  readonly notetype: string;
  readonly deck: string;
  readonly tags: readonly string[];
  /** HTML by field name, in the notetype's order. A note of ours has its UUID and piece in `Id`. */
  readonly fields: Readonly<Record<string, string>>;
};
export type PushNote = {
  /** UUID of our note. */
  readonly noteId: string;
  readonly term: string;
  /** What Anki finds it by: its own `Id` field, or, where it came from Anki, its first field. */
  readonly foundBy: 'id' | 'first';
  readonly pieces: readonly PushPiece[];
};
export type PushNotetype = {
  readonly name: string;
  readonly kind: 'standard' | 'cloze';
  readonly fields: readonly string[];
  readonly templates: readonly { readonly name: string; readonly front: string; readonly back: string }[];
  readonly css: string;
};
export type WantedNotes = { readonly deck: string | null } | { readonly noteIds: readonly string[] };

export interface PushSource {
  /**
   * Notes with accepted cards, with their accepted cards alone, of a deck and those below it, or by their UUIDs. The
   * deck is written to between two of them: no statement may stay open.
   */
  readNotes(wanted: WantedNotes): Iterable<PushNote>;
  /** `null` for a name that is nobody's. */
  notetype(name: string): PushNotetype | null;
  /** Names of files that a field, a template or a style shows, as the deck knows them. */
  mediaNames(text: string): readonly string[];
  /** Absolute path of a media file of the deck; `null` where there is none. */
  mediaPath(name: string): string | null;
}

/** Name of the field that carries our UUID and piece. */
export const ID_FIELD = 'Id';
/** What notes of ours carry for us, and nobody reads. */
export const OWN_FIELDS: ReadonlySet<string> = new Set([ID_FIELD, 'Data']);
