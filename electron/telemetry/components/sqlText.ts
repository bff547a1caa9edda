/**
 * What telemetry may say about a statement, read off its SQL: a summary of low cardinality, its operation and
 * table, its text with no values in it. A small tokenizer for SQLite's SQL, not a parser: what it does not
 * understand it leaves out.
 */

export type TransactionStep = 'begin' | 'commit' | 'rollback' | 'savepoint' | 'release' | 'rollback to';
export type SqlFacts = {
  /** `SELECT notes`, `INSERT cards SELECT drafts`; at most 255 characters. */
  readonly summary: string;
  /** `SELECT`; `BATCH` (with the operation, where all are the same) for several statements. */
  readonly operation: string;
  /** `null` where there is none or more than one. */
  readonly collection: string | null;
  readonly text: string;
  readonly statements: number;
  /** What the statement does to the transaction; `null` for nothing, and for several statements. */
  readonly step: TransactionStep | null;
  /** Of a savepoint, release or rollback to. */
  readonly savepoint: string | null;
  /** Values for EXPLAIN QUERY PLAN, where they do not matter; `null` where there is no plan. */
  readonly explain: readonly (null | Readonly<Record<string, null>>)[] | null;
};

type Token = { readonly kind: 'word' | 'name' | 'literal' | 'parameter' | 'mark'; readonly text: string };

const MAX_SUMMARY = 255;
const MAX_TEXT = 4096;
/** So much of a script is read: its text is cut far before, and a tokenizer that runs out of stack would throw. */
const MAX_READ = 100_000;
const TOKEN =
  /\s+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|([xX]?'(?:[^']|'')*(?:'|$))|("(?:[^"]|"")*(?:"|$)|`(?:[^`]|``)*(?:`|$)|\[[^\]]*(?:\]|$))|((?:0[xX][\da-fA-F]+|\d[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?\d+)?|\.\d[\d_]*(?:[eE][+-]?\d+)?))|(\?\d*|[:@$][\w$\u0080-\uffff]+)|([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|([\s\S])/g;

/**
 * Literals stay in the text of a statement with parameters, since it was written by hand; everywhere else they
 * are replaced by `?`.
 */
export function describeSql(sql: string, prepared: boolean): SqlFacts {
  const { statements, masked } = readStatements(sql.slice(0, MAX_READ));
  const parameters = statements.flat().filter(({ kind }) => kind === 'parameter');
  const text = prepared && parameters.length > 0 ? sql.slice(0, MAX_READ).trim() : masked.trim();
  const all = statements.map(summarise);
  const [only] = all;
  const operations = new Set(all.map(({ operation }) => operation));
  const collections = new Set(all.flatMap(({ collections }) => collections));
  const first = statements[0] ?? [];
  const { step, savepoint } = all.length === 1 ? stepOf(first) : { step: null, savepoint: null };
  return {
    summary: cut([...new Set(all.map(({ summary }) => summary))].join('; ')),
    operation:
      all.length <= 1
        ? (only?.operation ?? 'UNKNOWN')
        : operations.size === 1
          ? `BATCH ${only!.operation}`
          : 'BATCH',
    collection: collections.size === 1 ? [...collections][0]! : null,
    text: text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text,
    statements: all.length,
    step,
    savepoint,
    explain:
      all.length === 1 && sql.length <= MAX_READ && EXPLAINABLE.has(upper(first[0]))
        ? valuesFor(parameters.map(({ text }) => text))
        : null,
  };
}

function readStatements(sql: string): { statements: Token[][]; masked: string } {
  const statements: Token[][] = [[]];
  let masked = '';
  // A trigger's body has semicolons of its own.
  let inBody = false;
  for (const match of sql.matchAll(TOKEN)) {
    const [whole, literal, name, number, parameter, word, mark] = match;
    const current = statements.at(-1)!;
    if (literal !== undefined || number !== undefined) {
      current.push({ kind: 'literal', text: '?' });
      masked += '?';
      continue;
    }
    masked += whole.startsWith('--') || whole.startsWith('/*') ? ' ' : whole;
    if (mark === ';') {
      const isEnd = upper(current.at(-1)) === 'END' && current.at(-2)?.text === ';';
      if (inBody && !isEnd) current.push({ kind: 'mark', text: ';' });
      else {
        inBody = false;
        if (current.length > 0) statements.push([]);
      }
    } else if (name !== undefined) current.push({ kind: 'name', text: unquote(name) });
    else if (parameter !== undefined) current.push({ kind: 'parameter', text: parameter });
    else if (word !== undefined) {
      if (word.toUpperCase() === 'BEGIN' && current.some((token) => upper(token) === 'TRIGGER'))
        inBody = true;
      current.push({ kind: 'word', text: word });
    } else if (mark !== undefined) current.push({ kind: 'mark', text: mark });
  }
  if (statements.at(-1)!.length === 0) statements.pop();
  return { statements, masked };
}

/** Tables follow these words; `UPDATE` and `TABLE` are handled where they are operations. */
const BEFORE_TABLE = new Set(['FROM', 'JOIN', 'INTO']);
const QUERIES = new Set(['SELECT', 'INSERT', 'REPLACE', 'UPDATE', 'DELETE', 'VALUES']);
const EXPLAINABLE = new Set([...QUERIES, 'WITH']);
const NO_NAMES = new Set(
  (
    'SELECT VALUES SET WHERE ON USING ORDER GROUP LIMIT LEFT INNER CROSS JOIN NATURAL UNION EXCEPT INTERSECT ' +
    'DEFAULT AS NOT INDEXED RETURNING'
  ).split(' '),
);
/** Between `CREATE` or `DROP` and the name. */
const OBJECT_WORDS = new Set([
  'TEMP',
  'TEMPORARY',
  'UNIQUE',
  'VIRTUAL',
  'TABLE',
  'INDEX',
  'VIEW',
  'TRIGGER',
  'IF',
  'NOT',
  'EXISTS',
  'COLUMN',
]);

function summarise(tokens: readonly Token[]): {
  summary: string;
  operation: string;
  collections: readonly string[];
} {
  let at = upper(tokens[0]) === 'EXPLAIN' ? (upper(tokens[1]) === 'QUERY' ? 3 : 1) : 0;
  const first = upper(tokens[at]);
  const prefix = at > 0 ? 'EXPLAIN ' : '';
  if (!EXPLAINABLE.has(first)) {
    const { words, collection } = plainStatement(tokens.slice(at), first);
    return {
      summary: cut(`${prefix}${words}`),
      operation: first === '' ? 'UNKNOWN' : first,
      collections: collection === null ? [] : [collection],
    };
  }
  const named = new Set(commonTables(tokens));
  const parts: string[] = [];
  const collections: string[] = [];
  let operation = '';
  let depth = 0;
  /** Inside the list of a FROM, at this depth; tables may follow commas there. */
  let listDepth = -1;
  const addTable = (from: number): void => {
    let index = from;
    while (upper(tokens[index]) === 'OR') index += 2;
    // schema.table
    if (tokens[index + 1]?.text === '.') index += 2;
    const token = tokens[index];
    if (token === undefined || (token.kind !== 'word' && token.kind !== 'name')) return;
    if (token.kind === 'word' && NO_NAMES.has(upper(token))) return;
    if (named.has(token.text.toLowerCase())) return;
    parts.push(token.text);
    collections.push(token.text);
  };
  for (; at < tokens.length; at += 1) {
    const token = tokens[at]!;
    if (token.kind === 'mark') {
      if (token.text === '(') depth += 1;
      else if (token.text === ')') {
        depth -= 1;
        if (depth < listDepth) listDepth = -1;
      } else if (token.text === ',' && depth === listDepth) addTable(at + 1);
      continue;
    }
    if (token.kind !== 'word') continue;
    const word = upper(token);
    const isCall = tokens[at + 1]?.text === '(';
    if (QUERIES.has(word) && word !== 'VALUES') {
      const before = upper(tokens[at - 1]);
      // `DO UPDATE` of an upsert, `INSERT OR REPLACE`, the function replace().
      if (before === 'DO' || before === 'OR' || (word === 'REPLACE' && isCall)) continue;
      parts.push(word);
      if (depth === 0 && operation === '') operation = word;
      if (word === 'UPDATE') addTable(at + 1);
      listDepth = -1;
    } else if (BEFORE_TABLE.has(word)) {
      // `IS DISTINCT FROM`
      if (word === 'FROM' && upper(tokens[at - 1]) === 'DISTINCT') continue;
      addTable(at + 1);
      listDepth = word === 'INTO' ? -1 : depth;
    } else if (NO_NAMES.has(word) && word !== 'AS' && depth === listDepth && !isJoinWord(word)) {
      listDepth = -1;
    }
  }
  const main = operation === '' ? first : operation;
  return {
    summary: cut(prefix + (parts.length === 0 ? first : parts.join(' '))),
    operation: main,
    collections,
  };
}

const isJoinWord = (word: string): boolean =>
  ['LEFT', 'INNER', 'CROSS', 'JOIN', 'NATURAL', 'ON', 'USING', 'INDEXED', 'NOT'].includes(word);

/** Names that `WITH` gives to queries. */
function commonTables(tokens: readonly Token[]): string[] {
  const isWith = tokens.some((token) => upper(token) === 'WITH');
  if (!isWith) return [];
  return tokens.flatMap((token, index) => {
    if (token.kind !== 'word' && token.kind !== 'name') return [];
    let next = index + 1;
    if (tokens[next]?.text === '(') {
      while (next < tokens.length && tokens[next]!.text !== ')') next += 1;
      next += 1;
    }
    if (upper(tokens[next]) !== 'AS') return [];
    next += 1;
    if (upper(tokens[next]) === 'NOT') next += 1;
    if (upper(tokens[next]) === 'MATERIALIZED') next += 1;
    return tokens[next]?.text === '(' && upper(tokens[next + 1]) !== '' ? [token.text.toLowerCase()] : [];
  });
}

function plainStatement(
  tokens: readonly Token[],
  first: string,
): { words: string; collection: string | null } {
  if (first === 'CREATE' || first === 'DROP' || first === 'ALTER') {
    let at = 1;
    let what = '';
    while (at < tokens.length && OBJECT_WORDS.has(upper(tokens[at]))) {
      const word = upper(tokens[at]);
      if (['TABLE', 'INDEX', 'VIEW', 'TRIGGER'].includes(word)) what = word;
      at += 1;
    }
    if (tokens[at + 1]?.text === '.') at += 2;
    const name = tokens[at]?.text ?? '';
    return {
      words: [first, what, name].filter((part) => part !== '').join(' '),
      collection: what === 'TABLE' && name !== '' ? name : null,
    };
  }
  if (first === 'PRAGMA') {
    const at = tokens[2]?.text === '.' ? 3 : 1;
    return { words: `PRAGMA ${(tokens[at]?.text ?? '').toLowerCase()}`.trim(), collection: null };
  }
  if (first === 'ROLLBACK' && stepOf(tokens).step === 'rollback to') {
    return { words: 'ROLLBACK TO', collection: null };
  }
  return { words: first === '' ? 'UNKNOWN' : first, collection: null };
}

function stepOf(tokens: readonly Token[]): { step: TransactionStep | null; savepoint: string | null } {
  const words = tokens.map(upper);
  const name = tokens.at(-1)?.text ?? null;
  switch (words[0]) {
    case 'BEGIN':
      return { step: 'begin', savepoint: null };
    case 'COMMIT':
    case 'END':
      return { step: 'commit', savepoint: null };
    case 'SAVEPOINT':
      return { step: 'savepoint', savepoint: name };
    case 'RELEASE':
      return { step: 'release', savepoint: name };
    case 'ROLLBACK':
      return words.includes('TO')
        ? { step: 'rollback to', savepoint: name }
        : { step: 'rollback', savepoint: null };
    default:
      return { step: null, savepoint: null };
  }
}

/** A null for each `?`, and an object of nulls for those with a name. */
function valuesFor(parameters: readonly string[]): SqlFacts['explain'] {
  const anonymous = parameters.filter((text) => text === '?').map(() => null);
  const names = [...new Set(parameters.filter((text) => text !== '?').map((text) => text.slice(1)))];
  return names.length === 0
    ? anonymous
    : [...anonymous, Object.fromEntries(names.map((name) => [name, null]))];
}

function upper(token: Token | undefined): string {
  return token?.kind === 'word' ? token.text.toUpperCase() : '';
}

function unquote(name: string): string {
  const quote = name[0]!;
  const inner = name.slice(1, name.length > 1 ? -1 : undefined);
  return quote === '[' ? inner : inner.replaceAll(quote + quote, quote);
}

function cut(summary: string): string {
  if (summary.length <= MAX_SUMMARY) return summary;
  const end = summary.lastIndexOf(' ', MAX_SUMMARY);
  return summary.slice(0, end > 0 ? end : MAX_SUMMARY);
}
