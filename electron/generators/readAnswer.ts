/** From a model's text to checked data. Models dress their JSON up; what is meant is read, not guessed. */
import { jsonrepair } from 'jsonrepair';
import { z } from 'zod';
import { analysisSchema, cardDraftSchema, cardDraftsSchema } from '../../shared/card.ts';
import type { Analysis, CardDraft, CardType, Stage } from '../../shared/card.ts';
import { readCloze } from '../../shared/cloze.ts';
import type { ReadGap } from '../../shared/cloze.ts';
import type { TermFacts } from '../pipeline/ports.ts';
import { quoteFinder } from './passageText.ts';
import { MAX_CARDS, promptKindOf } from './prompts.ts';

export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly code: ReadingProblem;
      /** For the model: paths and rules, no values. */
      readonly problems: readonly string[];
      /** What is usable of it although something is wrong; `null` where nothing is. */
      readonly salvage: T | null;
    };

/** `no_cards`: a good answer of which nothing is wanted. */
export type ReadingProblem = 'empty_answer' | 'schema_echo' | 'invalid_answer' | 'no_cards';

const MAX_PROBLEMS = 10;

/** A passage's facts are kept where their quotes stand in it; a term has none. */
export function readAnalysis(text: string, { term, passage }: TermFacts): Reading<Analysis> {
  const json = readJson(text, 'analyse');
  if (!json.ok) return json;
  const given = passage === undefined ? json.value : { term, ...json.value };
  const parsed = analysisSchema.safeParse(tidyAnalysis(given, passage !== undefined));
  if (!parsed.success) {
    return { ok: false, code: 'invalid_answer', problems: problemsOf(parsed.error), salvage: null };
  }
  const { facts = [], ...analysis } = parsed.data;
  if (passage === undefined) return { ok: true, value: analysis };
  const stands = quoteFinder(passage);
  const told = facts.filter(({ quote }) => stands(quote));
  const value: Analysis = { ...analysis, facts: told };
  if (told.length > 0 || facts.length === 0) return { ok: true, value };
  const problems = ['facts: every quote must be copied word for word from the passage'];
  return { ok: false, code: 'invalid_answer', problems, salvage: value };
}

/**
 * @param types cards of any other type are left out
 * @param item the term must not stand on the front of a production card; a quote that does not stand in the passage is
 *   left out
 */
export function readCards(
  text: string,
  item: TermFacts,
  types: readonly CardType[],
): Reading<readonly CardDraft[]> {
  const json = readJson(text, 'write');
  if (!json.ok) return json;
  const listed = Array.isArray(json.value) ? json.value : (json.value as { cards?: unknown }).cards;
  const parsed = z.array(cardDraftSchema).min(1).safeParse(tidyCards(listed));
  if (!parsed.success) {
    return { ok: false, code: 'invalid_answer', problems: problemsOf(parsed.error), salvage: null };
  }
  const wanted = parsed.data.filter(({ type }) => types.includes(type));
  if (wanted.length === 0) {
    return { ok: false, code: 'no_cards', problems: ['cards: none of the types asked for'], salvage: null };
  }
  const { term, passage } = item;
  const stands = passage === undefined ? () => false : quoteFinder(passage);
  const quoted = wanted.map(({ quote = null, ...card }): CardDraft => {
    return quote !== null && stands(quote) ? { ...card, quote } : card;
  });
  const problems: string[] = [];
  const good = quoted.filter((card, index) => {
    const problem = cardProblem(card, term);
    if (problem !== null && problems.length < MAX_PROBLEMS) problems.push(`cards.${index}.front: ${problem}`);
    return problem === null;
  });
  const usable = cardDraftsSchema.safeParse(distinct(good).slice(0, MAX_CARDS[promptKindOf(item.kind)]));
  if (problems.length === 0 && usable.success) return { ok: true, value: usable.data };
  return { ok: false, code: 'invalid_answer', problems, salvage: usable.success ? usable.data : null };
}

function cardProblem(card: CardDraft, term: string): string | null {
  if (card.type === 'cloze' && !readCloze(card.front, null).gaps.some(isGap)) {
    return 'a cloze front must mark what is hidden as {{c1::hidden}}';
  }
  if (card.type === 'production' && givesAway(card.front, term)) {
    return 'the front of a production card must not contain the term';
  }
  return null;
}

const isGap = ({ number, text }: ReadGap): boolean => number > 0 && text.trim() !== '';

/** Whether `term` stands in `text` as a word. Short Latin words stand everywhere and say nothing. */
function givesAway(text: string, term: string): boolean {
  if (term.length < (/^[\p{ASCII}]*$/u.test(term) ? 4 : 2)) return false;
  const literal = term.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, 'iu').test(text);
}

function distinct(cards: readonly CardDraft[]): CardDraft[] {
  const seen = new Set<string>();
  return cards.filter(({ type, front }) => {
    const key = `${type}\n${front}`;
    return seen.has(key) ? false : seen.add(key);
  });
}

type JsonReading = { readonly ok: true; readonly value: object } | Extract<Reading<never>, { ok: false }>;

function readJson(text: string, stage: Stage): JsonReading {
  const bad = (code: ReadingProblem, problem: string): JsonReading => ({
    ok: false,
    code,
    problems: [problem],
    salvage: null,
  });
  const said = text.replace(/^\s*<think>[\s\S]*?<\/think>/i, '').trim();
  if (said === '') return bad('empty_answer', 'the answer was empty');
  const value = parseJson(said);
  if (typeof value !== 'object' || value === null)
    return bad('invalid_answer', 'the answer was no JSON object');
  const inner = unwrap(value, stage);
  if (isSchema(inner)) {
    return bad('schema_echo', 'the answer repeated the schema instead of filling it with values');
  }
  return { ok: true, value: inner };
}

/** The JSON in a text: bare, in a code fence, between words, and slightly broken as a last resort. */
function parseJson(text: string): unknown {
  const fenced = /```(?:json)?\s*\n?([\s\S]*?)```/i.exec(text)?.[1];
  const start = text.search(/[{[]/);
  const end = Math.max(text.lastIndexOf('}'), text.lastIndexOf(']'));
  const between = start >= 0 && end > start ? text.slice(start, end + 1) : undefined;
  for (const candidate of [text, fenced, between]) {
    if (candidate === undefined) continue;
    try {
      return JSON.parse(candidate);
    } catch {
      // The next one may do.
    }
  }
  if (start < 0) return undefined;
  try {
    return JSON.parse(jsonrepair(fenced ?? text.slice(start)));
  } catch {
    return undefined;
  }
}

/** Takes off a wrapper of one key that is named after the schema. */
function unwrap(value: object, stage: Stage): object {
  const keys = Object.keys(value);
  if (stage !== 'analyse' || keys.length !== 1 || keys[0] !== 'analysis') return value;
  const inner: unknown = (value as { analysis: unknown }).analysis;
  return typeof inner === 'object' && inner !== null ? inner : value;
}

/** Whether this is a JSON schema, or one with the values put where the types belong. */
function isSchema(value: object): boolean {
  if (Array.isArray(value) || 'meaning' in value || 'cards' in value || 'facts' in value) return false;
  const inner = 'schema' in value ? value.schema : 'json_schema' in value ? value.json_schema : value;
  if (typeof inner !== 'object' || inner === null) return false;
  return 'properties' in inner || '$schema' in inner || 'schema' in inner;
}

/** Text NFC and trimmed; what is empty becomes `null`. */
function tidy(value: unknown): unknown {
  if (typeof value === 'string') {
    const text = value.normalize('NFC').trim();
    return text === '' ? null : text;
  }
  if (Array.isArray(value)) return value.map(tidy).filter((entry) => entry !== null && entry !== undefined);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, tidy(entry)]));
}

const MAX_FACTS = 60;
const LIST_LIMITS = { otherMeanings: 20, synonyms: 20, homonyms: 12, examples: 8, keywords: 20, unknown: 20 };
const NULLABLE = [
  'partOfSpeech',
  'reading',
  'romanisation',
  'nuance',
  'usage',
  'comparison',
  'mnemonic',
  'level',
] as const;

/** Left-out fields are unknown ones; only `term` and `meaning`, or a passage's facts, must have been thought of. */
function tidyAnalysis(value: object, ofPassage: boolean): unknown {
  const fields = { ...(tidy(value) as Record<string, unknown>) };
  for (const name of NULLABLE) {
    const entry = fields[name] ?? null;
    // Words for nothing. Not in `meaning`, where 'none' may well be the meaning.
    fields[name] = typeof entry === 'string' && /^(?:null|none|n\/a|unknown|-)$/i.test(entry) ? null : entry;
  }
  for (const [name, limit] of Object.entries(LIST_LIMITS)) {
    const entry = fields[name] ?? [];
    fields[name] = Array.isArray(entry) ? entry.slice(0, limit) : entry;
  }
  if (ofPassage) {
    fields['meaning'] ??= null;
    if (Array.isArray(fields['facts'])) fields['facts'] = fields['facts'].slice(0, MAX_FACTS);
  } else delete fields['facts'];
  fields['homonyms'] = withNulls(fields['homonyms'], ['characters', 'reading', 'differentiator']);
  fields['examples'] = withNulls(fields['examples'], ['translation']);
  const comparison = fields['comparison'] as { with?: unknown; nuance?: unknown } | null;
  if (typeof comparison === 'object' && (!comparison?.with || !comparison.nuance))
    fields['comparison'] = null;
  return fields;
}

function withNulls(list: unknown, names: readonly string[]): unknown {
  if (!Array.isArray(list)) return list;
  return list.map((entry: unknown) =>
    typeof entry === 'object' && entry !== null
      ? { ...Object.fromEntries(names.map((name) => [name, null])), ...entry }
      : entry,
  );
}

function tidyCards(list: unknown): unknown {
  if (!Array.isArray(list)) return list;
  return list.map((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return entry;
    const card = tidy(entry) as Record<string, unknown>;
    const tags = Array.isArray(card['tags']) ? card['tags'] : [];
    return {
      ...card,
      tags: tags
        .map((tag: unknown) => (typeof tag === 'string' ? tag.replace(/\s+/g, '-') : tag))
        .slice(0, 20),
    };
  });
}

function problemsOf(error: z.ZodError): string[] {
  return error.issues
    .slice(0, MAX_PROBLEMS)
    .map((issue) => `${issue.path.length === 0 ? 'answer' : issue.path.join('.')}: ${issue.message}`);
}
