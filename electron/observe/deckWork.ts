/**
 * Long work on the deck, watched: a span for each piece of it, with how much came of it. Never which deck, which file
 * or what stands on a card.
 */
import { randomBytes } from 'node:crypto';
import type { PushPlan, PushReport } from '../../shared/anki.ts';
import type {
  BackupEntry,
  ChangeSet,
  DeckExportReport,
  DeckImportReport,
  ExportPlan,
  PackagePreview,
} from '../../shared/deck.ts';
import { ATTR, SPAN } from '../../shared/span.ts';
import type { Attributes, SpanRecord } from '../../shared/span.ts';
import type { Optimised, StudyStats } from '../../shared/study.ts';
import type { JobPieces } from '../deckJobs/pieces.ts';
import { fromPlainError } from '../errors/tracedeckError.ts';
import type { RemoteParent, Telemetry } from '../telemetry/api.ts';
import type { TraceIds } from '../telemetry/tracing/spanHandle.ts';
import { toErrorFacts } from '../telemetry/tracing/spanRecord.ts';

/** For `JobOptions`: what comes of a job in another thread. */
type PieceListener = { readonly onPieces: (pieces: JobPieces) => void };

/** By the kind of work: its span's name, and what its result says. The work's pieces, where it tells them, lie below. */
export function watchDeckWork(telemetry: Pick<Telemetry, 'withSpan' | 'inject' | 'extract' | 'spans'>) {
  const watched =
    <T>(name: string, factsOf: (result: T) => Attributes) =>
    (work: (listener: PieceListener) => Promise<T>, attributes: Attributes = {}): Promise<T> =>
      telemetry.withSpan(name, { attributes }, async (span) => {
        const carrier = telemetry.inject();
        const result = await work({
          onPieces(told) {
            if (told.leftOut > 0) span.set(ATTR.piecesLeftOut, told.leftOut);
            const job = telemetry.extract(carrier);
            if (job?.sampled === true) telemetry.spans.adopt(pieceSpans(told, job, carrier['baggage']));
          },
        });
        span.setAll(factsOf(result));
        return result;
      });
  return {
    import: watched<DeckImportReport>(SPAN.importCards, importFacts),
    preview: watched<PackagePreview>(SPAN.previewFile, previewFacts),
    exportPlan: watched<ExportPlan>(SPAN.planExport, ({ notes, cards, media }) => ({
      [ATTR.noteCount]: notes,
      [ATTR.cardCount]: cards,
      [ATTR.mediaCount]: media,
    })),
    export: watched<DeckExportReport>(SPAN.exportCards, exportFacts),
    pushPlan: watched<PushPlan>(SPAN.pushPlan, planFacts),
    push: watched<PushReport>(SPAN.push, pushFacts),
    backup: watched<BackupEntry | null>(SPAN.backup, backupFacts),
    optimise: watched<Optimised>(SPAN.optimise, ({ reviews, lossBefore, lossAfter }) => ({
      [ATTR.reviewCount]: reviews,
      [ATTR.lossBefore]: lossBefore,
      [ATTR.lossAfter]: lossAfter,
    })),
    reschedule: watched<ChangeSet>(SPAN.reschedule, changeFacts),
    bulkEdit: watched<ChangeSet>(SPAN.bulkEdit, changeFacts),
    undoChange: watched<ChangeSet | null>(SPAN.undoChange, changeFacts),
    statistics: watched<StudyStats>(SPAN.statistics, () => ({})),
  };
}

function pieceSpans(
  { pieces, thread }: JobPieces,
  { traceId, spanId }: RemoteParent,
  baggage: string | undefined,
): readonly SpanRecord[] {
  const ids = pieces.map(() => randomBytes(8).toString('hex'));
  return pieces.map(({ name, startMs, endMs, within, error }, at) => {
    const failed = error === null ? null : toErrorFacts(fromPlainError(error));
    const isFault = failed !== null && !failed.expected;
    return {
      traceId,
      spanId: ids[at]!,
      parentSpanId: within === null ? spanId : ids[within]!,
      name,
      kind: 'internal',
      startMs,
      endMs,
      status: isFault ? 'error' : 'unset',
      statusMessage: isFault ? failed.type : null,
      attributes: {
        ...(thread === null ? {} : { [ATTR.threadName]: thread }),
        ...(failed === null ? {} : { [ATTR.errorType]: failed.type }),
        ...(baggage === undefined ? {} : { [ATTR.baggage]: baggage }),
      },
      events: [],
      links: [],
    };
  });
}

/**
 * Work that was done while no telemetry was there to record it, told to the one that came after it.
 * @param asked the span of the call for it, which the telemetry before this one recorded
 * @param outcome what came of it, or what was thrown
 */
export function recordRestore(
  telemetry: Pick<Telemetry, 'spans'>,
  asked: TraceIds | null,
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
  outcome: { readonly entry: BackupEntry } | { readonly thrown: unknown },
): void {
  const failed = 'thrown' in outcome ? toErrorFacts(outcome.thrown) : null;
  telemetry.spans.adopt([
    {
      traceId: asked?.traceId ?? randomBytes(16).toString('hex'),
      spanId: randomBytes(8).toString('hex'),
      parentSpanId: asked?.spanId ?? null,
      name: SPAN.restore,
      kind: 'internal',
      startMs,
      endMs,
      status: failed === null || failed.expected ? 'unset' : 'error',
      statusMessage: failed === null || failed.expected ? null : failed.type,
      attributes: 'entry' in outcome ? backupFacts(outcome.entry) : { [ATTR.errorType]: failed!.type },
      events: [],
      links: [],
    },
  ]);
}

/** `null`: somebody else was first, or nothing stood. */
function changeFacts(set: ChangeSet | null): Attributes {
  return { [ATTR.noteCount]: set?.notes ?? 0, [ATTR.cardCount]: set?.cards ?? 0 };
}

function importFacts(report: DeckImportReport): Attributes {
  return {
    [ATTR.fileFormat]: report.form,
    [ATTR.notesAdded]: report.added,
    [ATTR.notesUpdated]: report.updated,
    [ATTR.notesUnchanged]: report.unchanged,
    [ATTR.conflictCount]: report.conflicts.length,
    [ATTR.leftOutCount]: report.refused.length,
    [ATTR.cardCount]: report.cards,
    [ATTR.mediaCount]: report.media,
    [ATTR.reviewCount]: report.reviews,
    [ATTR.workMs]: report.tookMs,
  };
}

function previewFacts({ form, notes, cards, media, reviews }: PackagePreview): Attributes {
  return {
    [ATTR.fileFormat]: form,
    [ATTR.noteCount]: notes,
    [ATTR.cardCount]: cards,
    [ATTR.mediaCount]: media,
    [ATTR.reviewCount]: reviews,
  };
}

function exportFacts({ notes, cards, media, bytes, leftOut, tookMs }: DeckExportReport): Attributes {
  return {
    [ATTR.noteCount]: notes,
    [ATTR.cardCount]: cards,
    [ATTR.mediaCount]: media,
    [ATTR.fileBytes]: bytes,
    [ATTR.leftOutCount]: leftOut.length,
    [ATTR.workMs]: tookMs,
  };
}

function planFacts({ create, update, unchanged, conflicts }: PushPlan): Attributes {
  return {
    [ATTR.notesAdded]: create,
    [ATTR.notesUpdated]: update,
    [ATTR.notesUnchanged]: unchanged,
    [ATTR.conflictCount]: conflicts.length,
  };
}

function pushFacts({ created, updated, unchanged, conflicts, failed, queued }: PushReport): Attributes {
  return {
    [ATTR.notesAdded]: created,
    [ATTR.notesUpdated]: updated,
    [ATTR.notesUnchanged]: unchanged,
    [ATTR.conflictCount]: conflicts.length,
    [ATTR.leftOutCount]: failed.length,
    [ATTR.notesQueued]: queued,
  };
}

/** `null`: an empty deck, of which none is made. */
function backupFacts(entry: BackupEntry | null): Attributes {
  if (entry === null) return { [ATTR.noteCount]: 0, [ATTR.cardCount]: 0 };
  const { reason, bytes, notes, cards } = entry;
  return {
    [ATTR.backupReason]: reason,
    [ATTR.noteCount]: notes,
    [ATTR.cardCount]: cards,
    [ATTR.fileBytes]: bytes,
  };
}
