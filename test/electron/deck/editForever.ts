/** A process that flags all cards of a deck in turn until it is killed. */
import { editedDeck } from './editedDeck.ts';

const deck = editedDeck(process.argv[2]);
const ids = deck.cards().map(({ cardId }) => cardId);
deck.bulkEdit(ids, { kind: 'flag', flag: 1 });
for (let turn = 0; ; turn += 1) {
  deck.bulkEdit(ids, { kind: 'flag', flag: 1 + ((turn + 1) % 2) });
  if (turn === 3) process.stdout.write('going\n');
}
