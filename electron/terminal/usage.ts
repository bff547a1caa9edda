/** What the program says of its commands. */
import { CARD_TYPES } from '../../shared/card.ts';
import { CARD_SORTS } from '../../shared/cardSorts.ts';
import { DECK_FORMATS } from '../../shared/deck.ts';
import { MEASURES } from '../../shared/analysis/measures.ts';
import { GENERATORS } from '../../shared/run.ts';
import { EXPORT_FORMATS, OPERATION_GROUPS, TRACE_ORDERS } from '../../shared/traceQuery.ts';
import { QUERY_SIGNALS } from './traceArguments.ts';

const INTRODUCTION = `Tracedeck: vocabulary lists into flashcards, every run a trace.

Usage: npm run -s cli -- <command> [options]`;

const COMMANDS = `  generate <file|->        make cards of a list (CSV, TSV, one term a line) or a document (.md .pdf .epub);
                           - reads standard input
      --deck NAME          the deck that takes the cards            (default: from the settings)
      --generator ID       ${GENERATORS.join(', ')}   (default: from the settings)
      --concurrency N      rows worked on at a time, 1 to 256       (default: 32)
      --limit N            only the first N rows
      --out FILE           also write the cards: .csv .tsv .json .md
      --term-language TAG, --meaning-language TAG                   (default: auto, en)
      --base-url URL, --model NAME    for --generator openai; the key comes from OPENAI_API_KEY
      --review, --no-review           whether the cards wait for your word  (default: from the settings)
      --card-types A,B     only these: ${CARD_TYPES.join(', ')}
      --budget DOLLARS, --budget-tokens N             the run stops before it would spend more
      --fill               notes that are there get the cards that they lack
      --prompt-analyse ID, --prompt-write ID          templates of your own
      --estimate           what the run would take, without running
  runs list                all runs, newest first
  runs resume [RUN]        go on with a run (default: the newest unfinished); --retry-failed takes failed rows again
  cards list               all cards; --deck NAME, --run RUN
  cards find QUERY         cards that a search finds (docs/deck-search.md); --deck NAME, --limit N,
                           --sort ${CARD_SORTS.join(', ')}
  decks                    all decks, with what is due in each
  export --to FILE         cards as ${DECK_FORMATS.map((format) => `.${format}`).join(' ')}; without --deck all decks
      --deck NAME, --run RUN, --query Q               which cards
      --scheduling         .apkg, .json: schedule and reviews go along; --no-media leaves pictures and sounds out
      --layout list|grid, --paper a4|letter           of a .html or .pdf sheet
      --no-anki            .csv, .tsv: a plain table without Anki's header lines
  import FILE              .apkg or .colpkg, our .json, a table with Anki's header lines; --deck NAME takes it all
  push --deck NAME         sends notes to a running Anki (AnkiConnect); --all for every deck
      --plan               only says what would change
      --overwrite          also over what was changed in Anki since
  undo                     takes the newest change of the deck back
  study stats              what was studied and what is due; --deck NAME, --days N  (default: 30)
  backup list              all backups, newest first
  backup now               makes one
  backup restore NAME      puts the deck back; an unambiguous beginning of the name will do (docs/backups.md)
  models test              one tiny call; --generator ID
  trace list               stored traces, newest first; --limit N
  trace show TRACE         one trace as a waterfall (an unambiguous beginning of its id will do)
  trace query Q            what a question finds (docs/query-language.md)
      --signal S           ${QUERY_SIGNALS.join(', ')}             (default: traces)
      --sort O             ${TRACE_ORDERS.join(', ')} (default: newest)
      --limit N, --since T a time like 30m, 2h, 7d or 2026-01-31T12:00
  trace stats [Q]          count, rate, errors and percentiles; --by ${OPERATION_GROUPS.join(', ')}, --limit, --since
  trace goals              which goals of the settings are met, what is left of their budgets and how fast these
                           burn; exit 1 where one is missed
  trace diff A B           two traces, or all that two questions find, by call path; --limit, --since
      --by M               ${MEASURES.join(', ')}     (default: wall)
      --adjust-clocks      brings clocks of services together where they differ
      --noise              also what the noise rules of the settings hide
  trace tail [Q]           new traces as they come, until Ctrl+C
  trace receive            takes OTLP of other programs until Ctrl+C and prints their traces (docs/receiver.md)
      --http PORT, --grpc PORT        (default: 4318 and 4317)
  trace sql STATEMENT      one statement that reads (docs/sql-console.md); --limit N
  trace pin|unpin TRACE    keeps a trace whatever the limits of the store
  trace import FILE...     OTLP (JSON, JSON lines, protobuf), Jaeger, Chrome trace events, Zipkin; also .gz;
                           - reads standard input
  trace export TRACE|--query Q --to FILE    (--to - writes to standard output, --query '' takes all)
      --format F           ${EXPORT_FORMATS.join(', ')}
                           (default: by the file's extension)
      --limit N, --since T of a query; --columns A,B attributes with a column of their own in CSV;
      --with logs  their log records as well, in OTLP, html and llm;
      --metrics  the metric points of their time and services, in OTLP
  demo                     the bundled sample list in a throw-away data folder
  doctor                   checks the installation and the data folder`;

const EVERYWHERE = `Everywhere: --json prints data for programs, --data-dir DIR keeps everything elsewhere (or TRACEDECK_DATA_DIR),
--help behind a command tells of it alone, --version prints the version.
Exit code: 0 all rows are cards or stated, 1 some failed, 2 bad usage or an unreadable file.`;

/**
 * Of the commands that begin with these words, else of those that begin with the first of them, else of all.
 * @param words as they were typed: `trace export`, `trace`
 */
export function usageOf(words: string): string {
  // A line that is indented further belongs to the command above it.
  const entries = COMMANDS.split(/\n(?= {2}\S)/);
  const [group = ''] = words.split(' ');
  const named = [words, group]
    .filter((start) => start !== '')
    .map((start) => entries.filter((entry) => isOf(entry.trimStart(), start)))
    .find((found) => found.length > 0);
  return [INTRODUCTION, (named ?? entries).join('\n'), EVERYWHERE].join('\n\n');
}

function isOf(entry: string, words: string): boolean {
  return `${entry.replace('pin|unpin', words === 'trace unpin' ? 'unpin' : 'pin')} `.startsWith(`${words} `);
}
