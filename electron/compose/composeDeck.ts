/** The deck with all that works on it, composed: searching, changing, studying, exchanging and keeping it safe. */
import { rm, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnkiStatus, PushPlan, PushReport } from '../../shared/anki.ts';
import type {
  BackupEntry,
  BulkAction,
  ChangeSet,
  DeckExportReport,
  DeckImportReport,
  DeckNode,
  ExportChoice,
  ExportPlan,
  ExportScope,
  NewNote,
  NoteDetail,
  PackagePreview,
} from '../../shared/deck.ts';
import type { JobProgress } from '../../shared/job.ts';
import { ATTR, SPAN } from '../../shared/span.ts';
import { countOf } from '../../shared/units.ts';
import type { Optimised, StudyStats } from '../../shared/study.ts';
import { createAnkiSource } from '../anki/ankiSource.ts';
import { createMediaStore, type MediaStore } from '../anki/mediaStore.ts';
import { createAnkiClient, type AnkiClient } from '../ankiConnect/ankiClient.ts';
import { createAnkiPush, type AnkiPush } from '../ankiConnect/ankiPush.ts';
import { createPushQueue } from '../ankiConnect/pushQueue.ts';
import type { WrapAttempt } from '../client/apiClientTypes.ts';
import { composeBackups } from './composeBackups.ts';
import type { DataPaths } from '../config/dataFolder.ts';
import type { SettingsStore } from '../config/settingsStore.ts';
import { isLargeEdit } from '../deck/bulkEdit.ts';
import { createCardStore, type CardStore } from '../deck/cardStore.ts';
import { createChangeHistory } from '../deck/changeHistory.ts';
import { createDeckEditor, type DeckEditor } from '../deck/deckEditor.ts';
import { createDeckTree } from '../deck/deckTree.ts';
import { createNoteReader, type NoteReader } from '../deck/noteDetail.ts';
import { ankiRenderer } from '../deckJobs/cardImport.ts';
import type { DeckJobRegistry } from '../deckJobs/deckJobs.ts';
import type { Watch } from '../deckJobs/job.ts';
import type { ParamsOf } from '../deckJobs/jobTypes.ts';
import { createDeckJobs, type DeckJobs, type JobOptions } from '../deckJobs/runJobs.ts';
import { toTracedeckError, TracedeckError } from '../errors/tracedeckError.ts';
import { writeWhole } from '../exchange/wholeFile.ts';
import { watchDeckWork } from '../observe/deckWork.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { createStudy, type Study } from '../study/study.ts';
import type { Telemetry } from '../telemetry/api.ts';

/** Prints a sheet of HTML; needs a browser, and so the app or an Electron of its own. */
export type PrintSheet = (html: string, paper: 'a4' | 'letter') => Promise<Uint8Array>;

export type DeckTools = {
  readonly telemetry: Pick<Telemetry, 'withSpan' | 'inject' | 'extract' | 'spans'>;
  readonly db: Db;
  readonly paths: DataPaths;
  readonly settings: SettingsStore;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Entry of the deck's thread; without one long work is done in this thread. */
  readonly workerFile: string | null;
  readonly printSheet: PrintSheet | null;
  readonly wrapAttempt: WrapAttempt;
  readonly onJob?: (progress: JobProgress) => void;
  /** Notes or cards changed, by whatever hand or process. */
  readonly onChanged?: () => void;
  readonly notice: (about: TracedeckError) => void;
  /** Whether this process keeps the daily backup and the push queue going. */
  readonly keeps: boolean;
};

const BACKUP_CHECK_MS = 3 * 3_600_000;
/** Notes and cards of a change that is taken back in the deck's thread: so many take some 50 ms. */
const LARGE_CHANGE = 1000;
/** A change of the deck is seen at the latest so much later. */
const LOOK_MS = 300;
/** While changes do not cease, they are told every so many looks: each time the window reads decks and cards again. */
const BUSY_LOOKS = 10;

export interface DeckSide {
  readonly cards: CardStore;
  readonly editor: DeckEditor;
  readonly notes: NoteReader;
  readonly study: Study;
  readonly media: MediaStore;
  tree(): Promise<readonly DeckNode[]>;
  tags: ReturnType<typeof createDeckTree>['tags'];
  addNote(note: NewNote): NoteDetail;
  /** One change of the deck; of many cards in the deck's thread, so that nothing waits for it. */
  bulkEdit(
    cardIds: readonly number[],
    action: BulkAction,
    watch?: Partial<Watch>,
  ): ChangeSet | Promise<ChangeSet>;
  /** Takes the newest change back, a large one in the deck's thread; `null` where there is none. */
  undoChange(watch?: Partial<Watch>): ChangeSet | null | Promise<ChangeSet | null>;
  stats(place: { readonly deck: string | null; readonly days: number }): Promise<StudyStats>;
  optimise(deck: string | null, watch?: Partial<Watch>): Promise<Optimised>;
  /** One change of the deck, which can be taken back. */
  reschedule(deck: string | null, watch?: Partial<Watch>): Promise<ChangeSet>;
  /** @throws TracedeckError `not_a_package` for what holds no cards */
  preview(path: string): Promise<PackagePreview>;
  importFile(path: string, deck: string | null, watch?: Partial<Watch>): Promise<DeckImportReport>;
  /** What an export would hold. */
  exportPlan(scope: ExportScope): Promise<ExportPlan>;
  exportDeck(path: string, choice: ExportChoice, watch?: Partial<Watch>): Promise<DeckExportReport>;
  ankiStatus(): Promise<AnkiStatus>;
  pushPlan(deck: string | null, watch?: Partial<Watch>): Promise<PushPlan>;
  push(
    choice: { readonly deck: string | null; readonly onConflict: 'skip' | 'overwrite' },
    watch?: Partial<Watch>,
  ): Promise<PushReport>;
  backups(): readonly BackupEntry[];
  backUp(watch?: Partial<Watch>): Promise<BackupEntry>;
  /** Work in this process that is shown and stopped as the deck's jobs are. */
  readonly watch: DeckJobs['watch'];
  cancelJob(jobId: string): void;
  /** Ends what is under way; the deck's connection is the caller's to close. */
  close(): Promise<void>;
}

export function composeDeck(tools: DeckTools): DeckSide {
  const { db, paths, settings, notice } = tools;
  const study = () => settings.current().study;
  const cards = createCardStore(db, {
    dayStartsAtHour: () => study().dayStartsAtHour,
    leechLapses: () => study().leechLapses,
  });
  const { history } = createChangeHistory(db);
  const notes = createNoteReader(db, { cardsOf: cards.byNote, historyOf: history });
  const editor = createDeckEditor(db, { readCards: cards.byIds, renderer: ankiRenderer });
  const tree = createDeckTree(db);
  const session = createStudy({ db, settings: study, readCards: cards.byIds });
  const media = createMediaStore(db, paths.media);
  const backupPlace = () => ({ folder: paths.backups, keep: settings.current().backups.keep });
  const backups = () => composeBackups(paths, settings.current().backups.keep);
  const jobs = createDeckJobs({
    ...(tools.workerFile === null ? {} : { workerFile: tools.workerFile }),
    deckPath: paths.deck,
    mediaDir: paths.media,
    onNotice: notice,
    ...(tools.onJob === undefined ? {} : { onJob: tools.onJob }),
  });

  const watched = watchDeckWork(tools.telemetry);
  const closing = new AbortController();
  const push = createPush(tools, media, closing.signal);
  const queue = createPushQueue({
    push: {
      waiting: push.waiting,
      pushWaiting: (context) => watched.push(() => push.pushWaiting(context)),
    },
    isWanted: () => tools.keeps && settings.current().ankiConnect.retry,
    onProblem: notice,
  });
  const endFollowing = settings.onChange(() => queue.wake());
  const timers: NodeJS.Timeout[] = [];
  if (tools.keeps) {
    queue.wake();
    editor.purge();
    const daily = () => void backUpDaily().catch((thrown: unknown) => notice(toTracedeckError(thrown)));
    timers.push(setTimeout(daily, 10_000), setInterval(daily, BACKUP_CHECK_MS));
  }
  if (tools.onChanged !== undefined) timers.push(followChanges(db, editor, tools.onChanged));
  for (const timer of timers) timer.unref();

  async function backUpDaily(): Promise<void> {
    if (!settings.current().backups.daily || !backups().due()) return;
    const params = { ...backupPlace(), reason: 'daily' as const };
    await watched.backup(inThread('backUp', params, { label: 'Daily backup' }));
  }

  /** A job of the deck's thread, for the span that it is watched by: its pieces lie below that. */
  function inThread<Name extends keyof DeckJobRegistry>(
    name: Name,
    params: ParamsOf<DeckJobRegistry, Name>,
    options: JobOptions,
  ) {
    return (pieces: Pick<JobOptions, 'onPieces'>) => jobs.run(name, params, { ...options, ...pieces });
  }

  return {
    cards,
    editor,
    notes,
    study: session,
    media,
    tree: () =>
      tree.deckTree({
        nowMs: Date.now(),
        dayStartsAtHour: study().dayStartsAtHour,
        settingsOf: session.settingsOf,
      }),
    tags: tree.tags,
    addNote(note) {
      const { noteId } = editor.addNote(note);
      const detail = notes.detail(noteId);
      if (detail === null) throw new Error('a note that was just written is there');
      return detail;
    },
    bulkEdit: (cardIds, action, watch) =>
      isLargeEdit(cardIds.length, action)
        ? watched.bulkEdit(
            inThread(
              'bulkEdit',
              { cardIds, action },
              { label: `Change of ${countOf(cardIds.length, 'card')}`, ...watch },
            ),
          )
        : editor.bulkEdit(cardIds, action),
    undoChange(watch) {
      const newest = editor.newestChange();
      return newest !== null && newest.notes + newest.cards > LARGE_CHANGE
        ? watched.undoChange(
            inThread('undoChange', null, { label: `Taking back: ${newest.label}`, ...watch }),
          )
        : editor.undoLast();
    },
    stats: (place) =>
      watched.statistics(
        inThread('studyStats', { ...place, nowMs: Date.now(), settings: study() }, { label: 'Statistics' }),
      ),
    optimise: (deck, watch) =>
      watched.optimise(
        inThread('optimise', { deck, settings: study() }, { label: 'Fitting the schedule', ...watch }),
      ),
    reschedule: (deck, watch) =>
      watched.reschedule(
        inThread('reschedule', { deck, settings: study() }, { label: 'Rescheduling', ...watch }),
      ),
    preview(path) {
      const label = `Looking into ${nameOf(path)}`;
      return watched.preview(inThread('previewFile', { path }, { label }));
    },
    importFile(path, deck, watch) {
      const label = `Import of ${nameOf(path)}`;
      const params = { path, deck, backups: backupPlace(), study: study() };
      return watched.import(inThread('importFile', params, { label, ...watch }));
    },
    exportPlan: (scope) =>
      watched.exportPlan(inThread('exportPlan', scope, { label: 'Counting what to export' })),
    exportDeck(path, choice, watch) {
      const label = `Export to ${nameOf(path)}`;
      return watched.export(
        choice.format === 'pdf'
          ? (pieces) => printDeck(path, choice, { label, ...watch, ...pieces })
          : inThread('exportDeck', { path, choice, study: study() }, { label, ...watch }),
        { [ATTR.fileFormat]: choice.format },
      );
    },
    ankiStatus: () => tools.telemetry.withSpan(SPAN.ankiStatus, () => push.status()),
    pushPlan: (deck, watch) =>
      watched.pushPlan(() =>
        jobs.watch('push', { label: 'Comparing with Anki', ...watch }, (context) => push.plan(deck, context)),
      ),
    async push(choice, watch) {
      try {
        return await watched.push(() =>
          jobs.watch('push', { label: 'Push to Anki', ...watch }, (context) => push.push(choice, context)),
        );
      } finally {
        queue.wake();
      }
    },
    backups: () => backups().list(),
    async backUp(watch) {
      const params = { ...backupPlace(), reason: 'manual' as const };
      const entry = await watched.backup(inThread('backUp', params, { label: 'Backup', ...watch }));
      if (entry === null) throw new Error('a backup by hand is made of any deck');
      return entry;
    },
    watch: (kind, options, work) => jobs.watch(kind, options, work),
    cancelJob: (jobId) => jobs.cancel(jobId),
    async close() {
      endFollowing();
      for (const timer of timers) clearTimeout(timer);
      // Anki may ask its user something, and answer nobody meanwhile.
      closing.abort();
      await Promise.all([queue.stop(), jobs.close()]);
    },
  };

  /** The thread writes the sheet; what prints it is a browser. */
  async function printDeck(path: string, choice: ExportChoice, watch: JobOptions): Promise<DeckExportReport> {
    const { printSheet } = tools;
    if (printSheet === null) {
      throw new TracedeckError('user', 'print_unavailable', 'A PDF cannot be made here.', {
        hint: 'Export as .html and print it from a browser.',
      });
    }
    const folder = await mkdtemp(join(tmpdir(), 'tracedeck-sheet-'));
    try {
      const sheet = join(folder, 'sheet.html');
      const startMs = performance.now();
      const written = await jobs.run(
        'exportDeck',
        { path: sheet, choice: { ...choice, format: 'html' } },
        watch,
      );
      const printed = await printSheet(await readFile(sheet, 'utf8'), choice.sheet?.paper ?? 'a4');
      const bytes = await writeWhole(path, (append) => append(printed));
      return { ...written, path, format: 'pdf', bytes, tookMs: performance.now() - startMs };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

const nameOf = (path: string): string => path.split(/[\\/]/).at(-1) ?? path;

function createPush(
  { db, settings, env, wrapAttempt }: DeckTools,
  media: MediaStore,
  signal: AbortSignal,
): AnkiPush {
  let client: { readonly url: string; readonly value: AnkiClient } | null = null;
  return createAnkiPush({
    db,
    source: createAnkiSource(db, media.folder),
    waits: () => settings.current().ankiConnect.retry,
    now: Date.now,
    client() {
      const { url } = settings.current().ankiConnect;
      if (client?.url !== url) {
        const apiKey = env['TRACEDECK_ANKI_KEY']?.trim() || null;
        client = { url, value: createAnkiClient({ url, apiKey, wrap: wrapAttempt, signal }) };
      }
      return client.value;
    },
  });
}

/**
 * Looks whether anything was written, by this connection or by another one: some microseconds. What the editor did not
 * write itself (a run, a rating, the deck's thread, another process) makes what it knows outdated.
 */
function followChanges(db: Db, editor: DeckEditor, onChanged: () => void): NodeJS.Timeout {
  const total = db.prepare<[], number>('SELECT total_changes()').pluck();
  const look = () => ({
    here: total.get() ?? 0,
    own: editor.ownChanges(),
    elsewhere: db.pragma('data_version', { simple: true }) as number,
  });
  let seen = look();
  /** Looks in a row that saw a change. */
  let busy = 0;
  let isTold = true;
  return setInterval(() => {
    const now = look();
    const isForeign = now.elsewhere !== seen.elsewhere || now.here - seen.here !== now.own - seen.own;
    if (isForeign) editor.outdated();
    const isChanged = isForeign || now.here !== seen.here;
    seen = now;
    busy = isChanged ? busy + 1 : 0;
    isTold &&= !isChanged;
    if (isTold || (busy > 1 && busy % BUSY_LOOKS !== 0)) return;
    isTold = true;
    onChanged();
  }, LOOK_MS);
}
