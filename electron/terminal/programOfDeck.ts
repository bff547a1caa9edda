import type { Program } from '../compose/compose.ts';
import type { DeckProgram } from './deckProgram.ts';

/** The program with what the commands about decks ask of it. */
export function withDeck(program: Program): Program & DeckProgram {
  const { deck, generators } = program;
  return {
    ...program,
    deckTree: () => deck.tree(),
    findCards: (search) => deck.cards.find(search),
    cardsById: (cardIds) => deck.cards.byIds(cardIds),
    undoChange: () => deck.undoChange(),
    studyStats: (place) => deck.stats(place),
    exportDeck: (path, choice, watch) => deck.exportDeck(path, choice, watch),
    importFile: (path, into, watch) => deck.importFile(path, into, watch),
    pushPlan: (name, watch) => deck.pushPlan(name, watch),
    push: (choice, watch) => deck.push(choice, watch),
    testConnection: (generator) => generators.testConnection({ generator }),
  };
}
