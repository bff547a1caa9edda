/** `demo`: the bundled sample list through the whole pipeline, shown in the terminal. */
import { decodeSpans } from '../../shared/spanCodec.ts';
import type { Program } from '../compose/compose.ts';
import { generate } from './runCommands.ts';
import { newestTraces, waterfallText } from './storedTraces.ts';
import type { Terminal } from './terminal.ts';
import { parseGenerate } from './generateArguments.ts';
import { cardText } from './printReport.ts';

const SHOWN_CARDS = 12;
const TRACE_ROWS = 40;

/** Runs the sample in the given (throw-away) program, then prints cards, cache, tokens and the trace. */
export async function demo(program: Program, sampleList: string, terminal: Terminal): Promise<number> {
  const { stdout } = terminal;
  const options =
    '--deck Sample --generator offline --term-language ko --meaning-language en --concurrency 8';
  const { command } = parseGenerate(['generate', sampleList, ...options.split(' ')]);
  const code = await generate(program, command, terminal);
  if (terminal.json) return code;

  const all = [...program.deck.cards.all({ deck: null, runId: null, listOfRun: null, search: null })];
  stdout.write(`\nThe first ${Math.min(SHOWN_CARDS, all.length)} of ${all.length} cards\n\n`);
  for (const card of all.slice(0, SHOWN_CARDS)) stdout.write(`${cardText(card)}\n`);

  stdout.write('\nThe same list again comes out of the cache\n\n');
  const again = await generate(program, command, terminal);
  const shown = (await newestTraces(program, 10)).items.at(-1);
  if (shown !== undefined) {
    stdout.write(`\nThe trace of the first run\n\n`);
    stdout.write(
      `${waterfallText(decodeSpans(await program.traces.get(shown.traceId)), terminal, TRACE_ROWS)}\n`,
    );
  }
  return Math.max(code, again);
}
