/** A query of the deck as questions to SQLite, each answered by ids of cards, and how the answers are put together. */
import type { CardStatus } from '../../shared/card.ts';
import type { DeckQuery } from '../../shared/deckQuery.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { fold, searchPhrase } from './searchWords.ts';

/** What words like `due` and `today` mean while a query runs. */
export type QueryMoment = {
  readonly nowMs: number;
  /** When today began, and when it ends. */
  readonly dayStartMs: number;
  readonly dayEndMs: number;
  /** A card forgotten so often is a leech; 0 for never. */
  readonly leechLapses: number;
};
type Parameters = readonly (string | number)[];
/** Every value is a bound parameter. */
export type QueryPlan =
  /** What the full-text index finds. */
  | { readonly kind: 'words'; readonly match: string }
  /** Conditions on columns of the index `cards_facts`. */
  | { readonly kind: 'facts'; readonly where: string; readonly parameters: Parameters }
  /** Any other question that gives ids of cards. */
  | { readonly kind: 'ids'; readonly sql: string; readonly parameters: Parameters }
  | { readonly kind: 'and'; readonly parts: readonly QueryPlan[] }
  | { readonly kind: 'not'; readonly part: QueryPlan };

/** `null` finds all cards. Rejected ones are found only where the query speaks of them. */
export type QueryCompiler = (query: DeckQuery | null, moment: QueryMoment) => QueryPlan;

/** Compiles queries against the names that the deck has. */
export function createQueryCompiler(db: Db): QueryCompiler {
  const tagsOfWords = db
    .prepare<[string], number>('SELECT rowid FROM tag_words WHERE tag_words MATCH ?')
    .pluck();
  type Named = { readonly id: number; readonly name: string };
  const names = {
    deck: db.prepare<[], Named>('SELECT id, name FROM decks'),
    tag: db.prepare<[], Named>('SELECT id, name FROM tags'),
    notetype: db.prepare<[], Named>('SELECT id, name FROM notetypes'),
  };

  return (root, moment) => {
    const { nowMs, dayStartMs, dayEndMs } = moment;
    let namesRejected = false;

    /** Ids of the names that are meant, those below them included. */
    function idsNamed(kind: keyof typeof names, name: string, exact = false): number[] {
      const isMeant = exact ? isBelow(name) : nameTest(name);
      return names[kind].all().flatMap((one) => (isMeant(one.name) ? [one.id] : []));
    }

    function planOf(node: DeckQuery): QueryPlan {
      const since = 'days' in node ? dayStartMs - (node.days - 1) * DAY_MS : 0;
      switch (node.kind) {
        case 'and':
          return all(node.parts.map(planOf));
        case 'or':
          return any(node.parts.map(planOf));
        case 'not':
          return not(planOf(node.part));
        case 'text': {
          const match = searchPhrase(node.text, node.form === 'word');
          if (match === null) return facts('1');
          if (node.side !== null) return { kind: 'words', match: `${node.side} : ${match}` };
          // Tags are seldom named, so most text is one question to the index.
          const tagIds = tagsOfWords.all(match);
          const inText: QueryPlan = { kind: 'words', match };
          return tagIds.length === 0 ? inText : any([inText, ofTags(tagIds)]);
        }
        case 'deck':
          return ids(
            `SELECT id FROM cards WHERE deck_id IN ${LISTED}`,
            JSON.stringify(idsNamed('deck', node.name, node.exact)),
          );
        case 'tag':
          if (node.name.toLowerCase() !== 'none') return ofTags(idsNamed('tag', node.name));
          return ids('SELECT id FROM cards WHERE note_id NOT IN (SELECT note_id FROM note_tags)');
        case 'notetype':
          return ids(
            `SELECT id FROM cards WHERE note_id IN (SELECT id FROM notes WHERE notetype_id IN ${LISTED})`,
            JSON.stringify(idsNamed('notetype', node.name)),
          );
        case 'type':
          return facts('type = ?', node.type);
        case 'flag':
          return facts('flag = ?', node.flag);
        case 'warning':
          return node.code === null
            ? facts('warnings IS NOT NULL')
            : facts(`instr(coalesce(warnings, ''), ?) > 0`, ` ${node.code} `);
        case 'added':
          return facts('created_ms >= ?', since);
        case 'edited':
          return facts('modified_ms > created_ms AND modified_ms >= ?', since);
        case 'rated':
          return node.rating === null
            ? ids('SELECT card_id FROM reviews WHERE rating > 0 AND reviewed_ms >= ?', since)
            : ids('SELECT card_id FROM reviews WHERE rating = ? AND reviewed_ms >= ?', node.rating, since);
        case 'prop':
          return ofMemory(
            `state > 0 AND ${PROPERTY_COLUMNS[node.property]} ${node.comparison} ?`,
            node.value,
          );
        case 'run':
          return ids(
            `SELECT cards.id FROM stage_results JOIN cards ON stage_result_id = stage_results.id
             WHERE stage_results.run_id = ?`,
            node.runId,
          );
        case 'is':
          switch (node.state) {
            case 'proposed':
              return facts(`status = 'proposed'`);
            case 'accepted':
              return facts(`status = 'accepted'`);
            case 'rejected':
              namesRejected = true;
              return facts(`status = 'rejected'`);
            case 'suspended':
              return facts('suspended = 1');
            case 'new':
              return ids(
                `SELECT id FROM cards INDEXED BY cards_by_deck WHERE status = 'accepted' AND studied = 0`,
              );
            case 'learning':
              return ofMemory('state IN (1, 3)');
            case 'review':
              return ofMemory('state = 2');
            case 'due':
              // What is left out is named: few cards are suspended, most are accepted.
              return all([
                ofMemory(
                  'state > 0 AND due_ms < ? AND (buried_until_ms IS NULL OR buried_until_ms <= ?)',
                  dayEndMs,
                  nowMs,
                ),
                not(facts('suspended = 1')),
                not(ofStatus('proposed', 'rejected')),
              ]);
            case 'buried':
              return ofMemory('buried_until_ms > ?', nowMs);
            case 'leech': {
              const tagged = ofTags(idsNamed('tag', 'leech'));
              return moment.leechLapses === 0
                ? tagged
                : any([ofMemory('lapses >= ?', moment.leechLapses), tagged]);
            }
          }
      }
    }

    const asked = root === null ? [] : [planOf(root)];
    const hidden = namesRejected ? ofStatus('deleted') : ofStatus('rejected', 'deleted');
    return all([...asked, not(hidden)]);
  };
}

const DAY_MS = 86_400_000;
const PROPERTY_COLUMNS = {
  stability: 'stability',
  difficulty: 'difficulty',
  lapses: 'lapses',
  reps: 'reps',
  interval: 'scheduled_days',
} as const;

/** A parameter that is a list. */
const LISTED = '(SELECT value FROM json_each(?))';
const facts = (where: string, ...parameters: Parameters): QueryPlan => ({ kind: 'facts', where, parameters });
const ids = (sql: string, ...parameters: Parameters): QueryPlan => ({ kind: 'ids', sql, parameters });
const ofMemory = (where: string, ...parameters: Parameters) =>
  ids(`SELECT card_id FROM memory WHERE ${where}`, ...parameters);
/** Found by its place in the index and not by going through it, so a question of its own. */
const ofStatus = (...statuses: readonly (CardStatus | 'deleted')[]) =>
  ids(`SELECT id FROM cards INDEXED BY cards_facts WHERE status IN ${LISTED}`, JSON.stringify(statuses));
const ofTags = (tagIds: readonly number[]) =>
  ids(
    `SELECT id FROM cards WHERE note_id IN (SELECT note_id FROM note_tags WHERE tag_id IN ${LISTED})`,
    JSON.stringify(tagIds),
  );

/** One of them: not (none of them). */
const any = (parts: readonly QueryPlan[]) => not(all(parts.map(not)));

function not(part: QueryPlan): QueryPlan {
  if (part.kind === 'not') return part.part;
  return { kind: 'not', part };
}

/** All words of one level are one question, and so are all facts. */
function all(parts: readonly QueryPlan[]): QueryPlan {
  const level = parts.flatMap((part) => (part.kind === 'and' ? part.parts : [part]));
  const asked = level.filter((part) => !isOneQuestion(part.kind === 'not' ? part.part : part));
  for (const merge of [allWords, allFacts]) {
    const merged = merge(level);
    if (merged !== null) asked.push(merged);
  }
  return asked.length === 1 ? asked[0]! : { kind: 'and', parts: asked };
}

const isOneQuestion = ({ kind }: QueryPlan) => kind === 'words' || kind === 'facts';
const negated = (parts: readonly QueryPlan[]) =>
  parts.flatMap((part) => (part.kind === 'not' ? [part.part] : []));

/** The index knows no bare `not`, only `this not that`. */
function allWords(parts: readonly QueryPlan[]): QueryPlan | null {
  const matches = (of: readonly QueryPlan[]) =>
    of.flatMap((part) => (part.kind === 'words' ? [`(${part.match})`] : []));
  const every = matches(parts).join(' AND ');
  const none = matches(negated(parts)).join(' OR ');
  if (every === '') return none === '' ? null : not({ kind: 'words', match: none });
  return { kind: 'words', match: none === '' ? every : `(${every}) NOT (${none})` };
}

/** Where all are excluded, what they exclude is asked for: it is seldom much. */
function allFacts(parts: readonly QueryPlan[]): QueryPlan | null {
  const isFacts = (part: QueryPlan) => part.kind === 'facts';
  const wanted = parts.filter(isFacts);
  const unwanted = negated(parts).filter(isFacts);
  const parameters = [...wanted, ...unwanted].flatMap((part) => part.parameters);
  const every = joined('AND', wanted);
  const none = joined('OR', unwanted);
  if (every === '') return none === '' ? null : not(facts(none, ...parameters));
  return facts(none === '' ? every : `(${every} AND NOT ${none})`, ...parameters);
}

/** In parentheses, and as a tree: SQLite bounds how deep an expression may be. */
function joined(operator: 'AND' | 'OR', conditions: readonly { readonly where: string }[]): string {
  if (conditions.length <= 1) return conditions[0] === undefined ? '' : `(${conditions[0].where})`;
  const middle = conditions.length >> 1;
  return `(${joined(operator, conditions.slice(0, middle))} ${operator} ${joined(operator, conditions.slice(middle))})`;
}

/** Whether a name is this very one or lies below it. */
export function isBelow(name: string): (other: string) => boolean {
  const wanted = name.normalize('NFC');
  return (other) => other === wanted || other.startsWith(`${wanted}::`);
}

/** Whether a name is meant by what was typed, or lies below such a one; `*` is any text. Case and accents do not count. */
function nameTest(typed: string): (name: string) => boolean {
  const wanted = fold(typed.replace(/::$/, ''));
  if (!wanted.includes('*')) {
    const below = `${wanted}::`;
    return (name) => {
      const folded = fold(name);
      return folded === wanted || folded.startsWith(below);
    };
  }
  const pieces = wanted.split(/\*+/).map((piece) => piece.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  const pattern = new RegExp(`^${pieces.join('.*')}(::.*)?$`, 'su');
  return (name) => pattern.test(fold(name));
}
