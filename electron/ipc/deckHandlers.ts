/** What windows ask of the deck: each handler is a line or two over the composed deck. */
import { basename } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { OpenDialogOptions } from 'electron';
import type { DeckFormat } from '../../shared/deck.ts';
import type { CallName, Handlers } from '../../shared/ipc.ts';
import type { DeckStudy, StudySettings } from '../../shared/study.ts';
import type { Program } from '../compose/compose.ts';
import { askForPath, askWhereTo } from './dialogs.ts';
import { createAnewCards } from './anewCards.ts';
import { regenerateCard } from './regenerateCard.ts';

/** Calls that come together are all there by then. */
const APART_MS = 5;

type DeckCall = Extract<
  CallName,
  | ('decks' | 'cards' | 'deckTree' | 'createDeck' | 'renameDeck' | 'removeDeck' | 'tags')
  | ('findCards' | 'cardsById' | 'note' | 'addNote' | 'editNote' | 'bulkEdit' | 'undoChange' | 'changes')
  | ('reviewPage' | 'acceptAll' | 'regenerateCard' | 'stopRegenerating')
  | ('nextCard' | 'studyCounts' | 'rateCard' | 'undoRating' | 'buryCard' | 'studyStats' | 'optimiseStudy')
  | ('deckStudy' | 'setDeckStudy' | 'reschedule')
  | ('choosePackage' | 'previewPackage' | 'importPackage' | 'exportPlan' | 'exportDeck')
  | ('ankiStatus' | 'pushPlan' | 'push' | 'backups' | 'backUpNow' | 'cancelJob')
>;

const PACKAGES: OpenDialogOptions = {
  title: 'Import cards',
  properties: ['openFile'],
  filters: [
    { name: 'Decks', extensions: ['apkg', 'colpkg', 'json', 'csv', 'tsv', 'txt'] },
    { name: 'All files', extensions: ['*'] },
  ],
};
const FORM_NAMES: Readonly<Record<DeckFormat, string>> = {
  apkg: 'Anki package',
  colpkg: 'Anki collection',
  csv: 'CSV',
  tsv: 'TSV',
  json: 'JSON',
  md: 'Markdown',
  html: 'HTML',
  pdf: 'PDF',
};

export function deckHandlers(program: Program): Pick<Handlers, DeckCall> {
  const { deck } = program;
  const { cards, editor, study } = deck;
  const anew = createAnewCards((request, signal) => regenerateCard(program, request, signal));
  return {
    decks: () => cards.decks(),
    cards: (filter) => cards.page({ ...filter, listOfRun: null }),
    async deckTree() {
      // After a change the window asks for the cards at the same time: they come first, and in a turn of their own.
      await setTimeout(APART_MS);
      return deck.tree();
    },
    createDeck: ({ name }) => void editor.createDeck(name),
    renameDeck: ({ name, to }) => editor.renameDeck(name, to),
    removeDeck: ({ name }) => editor.removeDeck(name),
    tags: () => deck.tags(),
    findCards: (search) => cards.find(search),
    cardsById: ({ cardIds }) => cards.byIds(cardIds),
    note: ({ noteId }) => deck.notes.detail(noteId),
    addNote: (note) => deck.addNote(note),
    editNote: (edit) => editor.editNote(edit, anew.made(edit.traceId)),
    bulkEdit: ({ cardIds, action }) => deck.bulkEdit([...cardIds], action),
    undoChange: () => deck.undoChange(),
    changes: ({ limit }) => editor.changes(limit),
    reviewPage: (filter) => editor.reviewPage(filter),
    acceptAll: ({ runId, withoutWarnings }) =>
      deck.bulkEdit(editor.waitingCards(runId, { withoutWarnings }), { kind: 'status', status: 'accepted' }),
    regenerateCard: (request) => anew.ask(request),
    stopRegenerating: ({ cardId }) => anew.stop(cardId),

    nextCard: (place) => study.next(place),
    studyCounts: (place) => study.counts(place),
    rateCard: (rating) => study.rate(rating),
    undoRating: (place) => study.undo(place),
    buryCard: (card) => study.bury(card),
    deckStudy: ({ name }) => ({ own: study.override(name), inForce: study.settingsOf(name) }),
    setDeckStudy: ({ name, own }) => study.setOverride(name, given(own)),
    reschedule: ({ deck: name }) => deck.reschedule(name),
    studyStats: (place) => deck.stats(place),
    optimiseStudy: ({ deck: name }) => deck.optimise(name),

    async choosePackage() {
      const path = await askForPath(PACKAGES);
      return path === null ? null : deck.preview(path);
    },
    previewPackage: ({ path }) => deck.preview(path),
    importPackage: ({ path, deck: into }) => deck.importFile(path, into),
    exportPlan: (scope) => deck.exportPlan(scope),
    async exportDeck(choice) {
      const { format } = choice;
      const path = await askWhereTo({
        title: 'Export cards',
        defaultPath: `${fileName(choice.deck)}.${format}`,
        filters: [{ name: FORM_NAMES[format], extensions: [format] }],
      });
      if (path === null) return null;
      const report = await deck.exportDeck(path, choice);
      return { ...report, path: basename(report.path) };
    },
    ankiStatus: () => deck.ankiStatus(),
    pushPlan: ({ deck: name }) => deck.pushPlan(name),
    push: (choice) => deck.push(choice),
    backups: () => deck.backups(),
    backUpNow: () => deck.backUp(),
    cancelJob: ({ jobId }) => deck.cancelJob(jobId),
  };
}

/** Without what is not given. */
function given(own: DeckStudy): Partial<StudySettings> {
  return Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
}

/** A deck's name without what no file may have in its name. */
function fileName(deck: string | null): string {
  return (deck ?? '').replaceAll(/[\\/:*?"<>|]+/g, ' ').trim() || 'cards';
}
