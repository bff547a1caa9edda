/** What the commands about decks ask of the program. */
import type { PushPlan, PushReport } from '../../shared/anki.ts';
import type { Card } from '../../shared/card.ts';
import type {
  CardSearch,
  ChangeSet,
  DeckExportReport,
  DeckImportReport,
  DeckNode,
  ExportChoice,
  FoundCards,
} from '../../shared/deck.ts';
import type { ConnectionTest } from '../../shared/ipc.ts';
import type { GeneratorId, RunSettings } from '../../shared/run.ts';
import type { RunEstimate } from '../../shared/source.ts';
import type { StudyStats } from '../../shared/study.ts';
import type { Watch } from '../deckJobs/job.ts';
import type { OpenedList } from '../exchange/readList.ts';

type Soon<T> = T | Promise<T>;

/** Every method throws TracedeckError; those that take a `Watch` throw `cancelled` where it was stopped. */
export interface DeckProgram {
  deckTree(): Soon<readonly DeckNode[]>;
  findCards(search: CardSearch): Soon<FoundCards>;
  /** In the order of `cardIds`; those that are gone are left out. */
  cardsById(cardIds: readonly number[]): Soon<readonly Card[]>;
  /** Takes the newest change back that still stands; `null` where there is none. */
  undoChange(): Soon<ChangeSet | null>;
  studyStats(place: { readonly deck: string | null; readonly days: number }): Soon<StudyStats>;
  /** Writes the accepted cards that `choice` names to `path`. */
  exportDeck(path: string, choice: ExportChoice, watch: Watch): Promise<DeckExportReport>;
  /** A package, our own JSON, or a table with Anki's header lines; after a backup. */
  importFile(path: string, deck: string | null, watch: Watch): Promise<DeckImportReport>;
  pushPlan(deck: string | null, watch: Watch): Promise<PushPlan>;
  push(
    choice: { readonly deck: string | null; readonly onConflict: 'skip' | 'overwrite' },
    watch: Watch,
  ): Promise<PushReport>;
  estimateRun(list: OpenedList, settings: RunSettings, watch: Watch): Promise<RunEstimate>;
  testConnection(generator: GeneratorId): Promise<ConnectionTest>;
}
