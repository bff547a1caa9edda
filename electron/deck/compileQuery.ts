/** A query of the deck to SQL over `cards`; every value is a bound parameter. */
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
export type CompiledQuery = {
  readonly where: string;
  readonly parameters: readonly (string | number)[];
  /** Rejected cards are found where the query speaks of them. */
  readonly namesRejected: boolean;
};

/** A full-text expression, or what it does not find. */
type Words = { readonly match: string; readonly negated: boolean };

export type QueryCompiler = (query: DeckQuery | null, moment: QueryMoment) => CompiledQuery;

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
    const parameters: (string | number)[] = [];
    const bind = (value: string | number | readonly number[]): string => {
      parameters.push(typeof value === 'object' ? JSON.stringify(value) : value);
      return typeof value === 'object' ? '(SELECT value FROM json_each(?))' : '?';
    };
    let namesRejected = false;

    /** Ids of the names that are meant, those below them included. */
    function idsOf(kind: keyof typeof names, name: string, exact = false): number[] {
      const isMeant = exact ? isBelow(name) : nameTest(name);
      return names[kind].all().flatMap((one) => (isMeant(one.name) ? [one.id] : []));
    }

    /** Tags that a word of free text names; seldom any, so most text is one question to the index. */
    const tagIds = new Map<DeckQuery, number[]>();
    function tagsNamed(node: DeckQuery & { kind: 'text' }): number[] {
      let ids = tagIds.get(node);
      if (ids === undefined) {
        const match = node.side === null ? searchPhrase(node.text, node.form === 'word') : null;
        ids = match === null ? [] : tagsOfWords.all(match);
        tagIds.set(node, ids);
      }
      return ids;
    }

    /** The whole node as one full-text expression; `null` where it holds anything else. */
    function wordsOf(node: DeckQuery): Words | null {
      switch (node.kind) {
        case 'text': {
          const match = searchPhrase(node.text, node.form === 'word');
          if (match === null || tagsNamed(node).length > 0) return null;
          return { match: node.side === null ? match : `${node.side} : ${match}`, negated: false };
        }
        case 'not': {
          const words = wordsOf(node.part);
          return words && { ...words, negated: !words.negated };
        }
        case 'and':
          return wordsOfAll(node.parts.map(wordsOf));
        case 'or': {
          const parts = node.parts.map(wordsOf);
          if (parts.every((part) => part !== null && !part.negated)) {
            return { match: parts.map((part) => `(${part!.match})`).join(' OR '), negated: false };
          }
          // One of them: not (none of them).
          const none = wordsOfAll(parts.map((part) => part && { ...part, negated: !part.negated }));
          return none && { ...none, negated: !none.negated };
        }
        default:
          return null;
      }
    }

    function ofWords({ match, negated }: Words): string {
      return `cards.id ${negated ? 'NOT IN' : 'IN'} (SELECT rowid FROM card_words WHERE card_words MATCH ${bind(match)})`;
    }

    function ofMany(kind: 'and' | 'or', parts: readonly DeckQuery[]): string {
      const worded: Words[] = [];
      const sql: string[] = [];
      for (const part of parts) {
        const words = wordsOf(part);
        if (words === null) sql.push(toSql(part));
        else worded.push(words);
      }
      // All words of one level are one question to the index.
      if (worded.length > 0) {
        const signed = kind === 'and' ? worded : worded.map((one) => ({ ...one, negated: !one.negated }));
        const all = wordsOfAll(signed)!;
        // Parameters are bound in the order in which they stand.
        sql.push(ofWords(kind === 'and' ? all : { ...all, negated: !all.negated }));
      }
      return balanced(kind === 'and' ? 'AND' : 'OR', sql);
    }

    function toSql(node: DeckQuery): string {
      const words = wordsOf(node);
      if (words !== null) return ofWords(words);
      const { nowMs, dayStartMs, dayEndMs } = moment;
      const since = (days: number) => bind(dayStartMs - (days - 1) * DAY_MS);
      switch (node.kind) {
        case 'and':
        case 'or':
          return ofMany(node.kind, node.parts);
        case 'not':
          return `NOT ${toSql(node.part)}`;
        case 'text': {
          const match = searchPhrase(node.text, node.form === 'word');
          if (match === null) return '1';
          const inText = ofWords({ match, negated: false });
          return `(${inText} OR ${OF_TAGS} ${bind(tagsNamed(node))}))`;
        }
        case 'deck':
          return `cards.deck_id IN ${bind(idsOf('deck', node.name, node.exact))}`;
        case 'tag':
          if (node.name.toLowerCase() === 'none')
            return 'cards.note_id NOT IN (SELECT note_id FROM note_tags)';
          return `${OF_TAGS} ${bind(idsOf('tag', node.name))})`;
        case 'notetype':
          return `cards.note_id IN (SELECT id FROM notes WHERE notetype_id IN ${bind(idsOf('notetype', node.name))})`;
        case 'type':
          return `cards.type = ${bind(node.type)}`;
        case 'flag':
          return `cards.flag = ${bind(node.flag)}`;
        case 'warning':
          if (node.code === null) return 'cards.warnings IS NOT NULL';
          return `instr(coalesce(cards.warnings, ''), ${bind(` ${node.code} `)}) > 0`;
        case 'added':
          return `cards.created_ms >= ${since(node.days)}`;
        case 'edited':
          return `(cards.modified_ms > cards.created_ms AND cards.modified_ms >= ${since(node.days)})`;
        case 'rated': {
          const rating = node.rating === null ? '> 0' : `= ${bind(node.rating)}`;
          // The rating is bound before the day because it is made first.
          return `cards.id IN (SELECT card_id FROM reviews WHERE rating ${rating} AND reviewed_ms >= ${since(node.days)})`;
        }
        case 'prop':
          return `cards.id IN (SELECT card_id FROM memory
            WHERE state > 0 AND ${PROPERTY_COLUMNS[node.property]} ${node.comparison} ${bind(node.value)})`;
        case 'run':
          return `cards.id IN (SELECT made.id FROM stage_results JOIN cards AS made ON made.stage_result_id = stage_results.id
            WHERE stage_results.run_id = ${bind(node.runId)})`;
        case 'is':
          switch (node.state) {
            case 'proposed':
            case 'accepted':
              return `cards.status = '${node.state}'`;
            case 'rejected':
              namesRejected = true;
              return `cards.status = 'rejected'`;
            case 'suspended':
              return 'cards.suspended = 1';
            case 'new':
              // NOT INDEXED: by card, not by due date, so that the set is built in order.
              return `(cards.status = 'accepted' AND cards.id NOT IN (SELECT card_id FROM memory NOT INDEXED WHERE state > 0))`;
            case 'learning':
              return 'cards.id IN (SELECT card_id FROM memory WHERE state IN (1, 3))';
            case 'review':
              return 'cards.id IN (SELECT card_id FROM memory NOT INDEXED WHERE state = 2)';
            case 'due':
              return `(cards.status = 'accepted' AND cards.suspended = 0 AND cards.id IN (SELECT card_id FROM memory
                WHERE state > 0 AND due_ms < ${bind(dayEndMs)}
                  AND (buried_until_ms IS NULL OR buried_until_ms <= ${bind(nowMs)})))`;
            case 'buried':
              return `cards.id IN (SELECT card_id FROM memory WHERE buried_until_ms > ${bind(nowMs)})`;
            case 'leech': {
              const lapses = moment.leechLapses === 0 ? Number.MAX_SAFE_INTEGER : moment.leechLapses;
              return `(cards.id IN (SELECT card_id FROM memory WHERE lapses >= ${bind(lapses)})
                OR ${OF_TAGS} ${bind(idsOf('tag', 'leech'))}))`;
            }
          }
      }
    }

    return { where: root === null ? '1' : toSql(root), parameters, namesRejected };
  };
}

const DAY_MS = 86_400_000;
const OF_TAGS = 'cards.note_id IN (SELECT note_id FROM note_tags WHERE tag_id IN';
const PROPERTY_COLUMNS = {
  stability: 'stability',
  difficulty: 'difficulty',
  lapses: 'lapses',
  reps: 'reps',
  interval: 'scheduled_days',
} as const;

/** All of them at once; the index knows no bare `not`, only `this not that`. */
function wordsOfAll(parts: readonly (Words | null)[]): Words | null {
  if (parts.some((part) => part === null)) return null;
  const wanted = parts.filter((part) => part !== null && !part.negated).map((part) => `(${part!.match})`);
  const unwanted = parts.filter((part) => part?.negated === true).map((part) => `(${part!.match})`);
  if (wanted.length === 0) return { match: unwanted.join(' OR '), negated: true };
  const match = wanted.join(' AND ');
  return {
    match: unwanted.length === 0 ? match : `(${match}) NOT (${unwanted.join(' OR ')})`,
    negated: false,
  };
}

/** A chain of a thousand parts as a tree: SQLite bounds how deep an expression may be. */
function balanced(operator: 'AND' | 'OR', parts: readonly string[]): string {
  if (parts.length === 1) return parts[0]!;
  const middle = parts.length >> 1;
  return `(${balanced(operator, parts.slice(0, middle))} ${operator} ${balanced(operator, parts.slice(middle))})`;
}

/** Whether a name is this very one or lies below it. */
export function isBelow(name: string): (other: string) => boolean {
  const wanted = name.normalize('NFC');
  return (other) => other === wanted || other.startsWith(`${wanted}::`);
}

/** Whether a name is meant by what was typed, or lies below such a one; `*` is any text. Case and accents do not count. */
export function nameTest(typed: string): (name: string) => boolean {
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
