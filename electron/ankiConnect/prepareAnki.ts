/** What must be in Anki before a note can be: its notetype, its deck, its pictures and sounds. */
import { readFile, stat } from 'node:fs/promises';
import type { TracedeckError } from '../errors/tracedeckError.ts';
import type { AnkiClient } from './ankiClient.ts';
import { notetypeConflict } from './ankiErrors.ts';
import type { PushPiece, PushSource } from './pushPorts.ts';

/** AnkiConnect reads requests 1 KB at a time and looks through all of it each time: more takes minutes. */
const MAX_SENT_BYTES = 3_000_000;

export type Preparation = ReturnType<typeof createPreparation>;

/** For the length of one push: what was seen to once is not asked for again. */
export function createPreparation(client: AnkiClient, source: PushSource) {
  const notetypes = new Map<string, TracedeckError | null>();
  const decks = new Set<string>();
  const dressed = new Set<string>();
  const media = new Set<string>();

  async function makeNotetype(name: string): Promise<TracedeckError | null> {
    const ours = source.notetype(name);
    const there = await client.call('modelNamesAndIds', {});
    if (Object.hasOwn(there, name)) {
      const fields = new Set(await client.call('modelFieldNames', { modelName: name }));
      const missing = (ours?.fields ?? []).filter((field) => !fields.has(field));
      // Templates and style stay as they are there: they are the user's to change.
      return missing.length === 0 ? null : notetypeConflict(name, missing);
    }
    if (ours === null) return notetypeConflict(name, ['of ours']);
    await client.call('createModel', {
      modelName: name,
      inOrderFields: ours.fields,
      css: ours.css,
      isCloze: ours.kind === 'cloze',
      cardTemplates: ours.templates.map(({ name: Name, front: Front, back: Back }) => ({
        Name,
        Front,
        Back,
      })),
    });
    return null;
  }

  return {
    /** What is wrong with the notetype in Anki; `null` where it is there, or was made. */
    async notetype(name: string): Promise<TracedeckError | null> {
      const seen = notetypes.get(name);
      if (seen !== undefined) return seen;
      const problem = await makeNotetype(name);
      notetypes.set(name, problem);
      return problem;
    },

    async deck(name: string): Promise<void> {
      if (decks.has(name)) return;
      // A deck that is there stays as it is.
      await client.call('createDeck', { deck: name });
      decks.add(name);
    },

    /**
     * Sends the files that a note shows and Anki has not. A file of the same name there is never overwritten: it may
     * be another one, on which other notes rest. Returns names of files that could not go.
     */
    media: (piece: PushPiece): Promise<readonly string[]> => sendAll(Object.values(piece.fields)),

    /** The same for what a notetype's style and templates show: fonts, papers, signs. */
    async dress(name: string): Promise<readonly string[]> {
      if (dressed.has(name)) return [];
      dressed.add(name);
      const ours = source.notetype(name);
      if (ours === null) return [];
      return sendAll([ours.css, ...ours.templates.flatMap(({ front, back }) => [front, back])]);
    },
  };

  async function sendAll(texts: readonly string[]): Promise<readonly string[]> {
    const failed: string[] = [];
    for (const name of new Set(texts.flatMap((text) => source.mediaNames(text)))) {
      if (media.has(name)) continue;
      const path = source.mediaPath(name);
      if (path === null) continue;
      media.add(name);
      const there = await client.call('getMediaFilesNames', { pattern: name.replace(/[[\]*?]/gu, '[$&]') });
      if (there.includes(name)) continue;
      if (!(await send(name, path))) failed.push(name);
    }
    return failed;
  }

  async function send(filename: string, path: string): Promise<boolean> {
    const common = { filename, deleteExisting: false };
    if (client.isLocal) {
      // An Anki in a sandbox of its own does not see the path: then the bytes go.
      const [answer] = await client.multi('storeMediaFile', [{ ...common, path }]);
      if (answer?.ok === true) return true;
    }
    const bytes = await stat(path).then(
      ({ size }) => size,
      () => Infinity,
    );
    if (bytes > MAX_SENT_BYTES) return false;
    const data = (await readFile(path)).toString('base64');
    const [answer] = await client.multi('storeMediaFile', [{ ...common, data }]);
    return answer?.ok === true;
  }
}
