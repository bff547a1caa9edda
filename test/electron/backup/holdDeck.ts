/** Holds a deck open until it is killed. */
import { openDeck } from '../../../electron/deck/openDeck.ts';

const db = openDeck(process.argv[2]!);
process.stdout.write('open\n');
setInterval(() => db.open, 1000);
