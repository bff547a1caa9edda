/** The jobs of the deck worker. Each loads what it needs when it is first asked for. */
import type {
  BackupEntry,
  ChangeSet,
  DeckExportReport,
  DeckImportReport,
  ExportPlan,
  ExportScope,
  PackagePreview,
} from '../../shared/deck.ts';
import { PIECE } from '../../shared/span.ts';
import type { Optimised, StudySettings, StudyStats } from '../../shared/study.ts';
import type { BackupReason } from '../backup/backupFile.ts';
import type { MemoryParts } from '../deck/deckParts.ts';
import type { OptimiseParams } from '../study/optimiser.ts';
import type { RescheduleParams } from '../study/reschedule.ts';
import type { StatsParams } from '../study/stats.ts';
import type { BulkParams } from './changeJobs.ts';
import type { ExportParams } from './exportDeck.ts';
import { inPiece, type JobContext } from './job.ts';
import { settingsIn } from './settingsIn.ts';
import type { DeckPlace, Job } from './jobTypes.ts';

/** Where backups go, and how many are kept. */
export type BackupPlace = { readonly folder: string; readonly keep: number };

/** @returns `null` where the deck has no notes and nobody asked by hand */
async function backUp(
  { deckPath, mediaDir }: DeckPlace,
  { reason, folder, keep }: BackupPlace & { readonly reason: BackupReason },
  context: JobContext,
): Promise<BackupEntry | null> {
  const { createBackups } = await import('../backup/backups.ts');
  return createBackups({ deckPath, folder, mediaDir, keep }).backUp(reason, context);
}

/** In every form but PDF, which needs a browser. */
async function exportDeck(
  at: DeckPlace,
  params: ExportParams,
  context: JobContext,
): Promise<DeckExportReport> {
  const exports = await import('./exportDeck.ts');
  return exports.exportDeck(at, params, context);
}

async function exportPlan({ db }: DeckPlace, scope: ExportScope, context: JobContext): Promise<ExportPlan> {
  return (await import('./exportPlan.ts')).exportPlan(db, scope, context);
}

async function optimise({ db }: DeckPlace, params: OptimiseParams, context: JobContext): Promise<Optimised> {
  const { optimiseStudy } = await import('../study/optimiser.ts');
  return optimiseStudy(db, params, context);
}

/** New due dates by the settings of now, as one change that can be taken back. */
async function reschedule(
  { db }: DeckPlace,
  params: RescheduleParams,
  context: JobContext,
): Promise<ChangeSet> {
  const [{ rescheduled }, { createChangeLog }] = await Promise.all([
    import('../study/reschedule.ts'),
    import('../deck/changeLog.ts'),
  ]);
  const cards = inPiece(context, PIECE.planDates, () => [...rescheduled(db, params, context)]);
  return inPiece(context, PIECE.writeDates, () =>
    createChangeLog(db).record('Rescheduled', (changes) => {
      for (const { cardId, memory } of cards) changes.card(cardId, { memory: memory as MemoryParts });
    }),
  );
}

/** Writes too: what was predicted of imported reviews is kept. */
async function studyStats({ db }: DeckPlace, params: StatsParams, context: JobContext): Promise<StudyStats> {
  const stats = await import('../study/stats.ts');
  return stats.studyStats(db, params, context);
}

export type ImportParams = {
  readonly path: string;
  /** All of it goes there; `null` for the decks that the file names. */
  readonly deck: string | null;
  /** A backup comes first; `null` for none. */
  readonly backups: BackupPlace | null;
  /** The program's; what a package's decks say otherwise becomes their own. */
  readonly study?: StudySettings;
};

const isPackage = (path: string): boolean => /\.(?:apkg|colpkg)$/i.test(path);

/** A package by its extension; else our own JSON, or a table with Anki's header lines. */
async function importFile(
  at: DeckPlace,
  { path, deck, backups, study }: ImportParams,
  context: JobContext,
): Promise<DeckImportReport> {
  // A file that cannot be read must not push out a backup that somebody may want.
  const onceRead = async () => {
    if (backups !== null) await backUp(at, { ...backups, reason: 'import' }, context);
  };
  if (isPackage(path)) {
    const { importPackage } = await import('../anki/importPackage.ts');
    const request = { path, deck, mediaDir: at.mediaDir, settingsOf: settingsIn(at.db, study), onceRead };
    return importPackage(at.db, request, context);
  }
  const { importCards, port } = await cardImport(at, context);
  return importCards(path, { deck, onceRead }, port, context);
}

async function cardImport({ db }: DeckPlace, context: JobContext) {
  const [{ importCards, previewCards }, { createCardImport }] = await Promise.all([
    import('../exchange/importCards.ts'),
    import('./cardImport.ts'),
  ]);
  return { importCards, previewCards, port: createCardImport(db, context) };
}

async function previewFile(
  at: DeckPlace,
  { path }: { readonly path: string },
  context: JobContext,
): Promise<PackagePreview> {
  if (isPackage(path)) {
    const { previewPackage } = await import('../anki/packageReader.ts');
    return inPiece(context, PIECE.readPackage, () => previewPackage(path));
  }
  const { previewCards, port } = await cardImport(at, context);
  return inPiece(context, PIECE.readFile, () => previewCards(path, port));
}

async function bulkEdit({ db }: DeckPlace, params: BulkParams, context: JobContext): Promise<ChangeSet> {
  return (await import('./changeJobs.ts')).bulkEditCards(db, params, context);
}

async function undoChange({ db }: DeckPlace, _: null, context: JobContext): Promise<ChangeSet | null> {
  return (await import('./changeJobs.ts')).undoNewest(db, context);
}

export const deckJobs = {
  backUp: { kind: 'backup', run: backUp },
  exportDeck: { kind: 'export', run: exportDeck },
  exportPlan: { kind: 'look', run: exportPlan },
  importFile: { kind: 'import', run: importFile },
  previewFile: { kind: 'look', run: previewFile },
  optimise: { kind: 'optimise', run: optimise },
  reschedule: { kind: 'optimise', run: reschedule },
  studyStats: { kind: 'look', run: studyStats },
  bulkEdit: { kind: 'change', run: bulkEdit },
  undoChange: { kind: 'change', run: undoChange },
} as const satisfies Readonly<Record<string, Job<never, unknown>>>;
export type DeckJobRegistry = typeof deckJobs;
