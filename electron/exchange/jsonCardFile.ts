/** Our own JSON of cards → notes. What a card does not say is as in a new one; what we do not know is passed over. */
import { basename } from 'node:path';
import { z } from 'zod';
import { CARD_TYPES } from '../../shared/card.ts';
import { gapNumbers } from '../../shared/cloze.ts';
import { sourcePlaceSchema } from '../../shared/source.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { htmlToText, isFormatted } from './cardText.ts';
import type { CardFile, CardFileTools, FileNote, IncomingCard } from './incomingNotes.ts';

const MAX_MS = 8.64e15;
const timeMs = z.number().min(0).max(MAX_MS);
const importedSchema = z.string().max(20_000).nullable().default(null);
const memorySchema = z.object({
  state: z.union([z.literal(1), z.literal(2), z.literal(3)]),
  dueMs: timeMs,
  stability: z.number().min(0.000_1).max(1e6),
  difficulty: z.number().min(1).max(10),
  reps: z.int().min(0).max(1e6),
  lapses: z.int().min(0).max(1e6),
  learningStep: z.int().min(0).max(1000),
  scheduledDays: z.int().min(0).max(1e6),
  lastReviewMs: timeMs.nullable(),
  imported: importedSchema,
});
const reviewSchema = z.object({
  rating: z.int().min(0).max(4),
  reviewedMs: timeMs,
  durationMs: z.int().min(0).max(3_600_000).catch(0),
  kind: z.int().min(0).max(4),
  imported: importedSchema,
});

const provenanceSchema = z.object({
  generator: z.string().max(200),
  model: z.string().max(500),
  promptVersion: z.string().max(500),
  parameters: z.string().max(20_000),
  runId: z.string().min(1).max(64),
  traceId: z.string().max(64),
  sourceName: z.string().max(4000),
  row: z.int().min(0),
  cached: z.boolean(),
});

const cardSchema = z.object({
  noteId: z.string().min(1).max(64),
  deck: z.string().trim().min(1).max(200),
  term: z.string().max(20_000).default(''),
  type: z.enum(CARD_TYPES).catch('basic'),
  format: z.enum(['text', 'html']).default('text'),
  front: z.string().max(200_000),
  back: z.string().max(200_000),
  cloze: z.int().min(1).max(999).nullable().optional(),
  tags: z.array(z.string().max(1000)).max(1000).default([]),
  status: z.string().default('accepted'),
  suspended: z.boolean().default(false),
  flag: z.int().min(0).max(7).default(0),
  quote: z.string().max(20_000).nullable().default(null),
  place: sourcePlaceSchema.nullable().default(null).catch(null),
  createdMs: z.number().nullable().default(null),
  modifiedMs: z.number().nullable().default(null),
  guid: z.string().min(1).max(200).optional(),
  notetype: z.string().min(1).max(500).optional(),
  fields: z.array(z.string().max(1_000_000)).max(500).optional(),
  provenance: provenanceSchema.nullable().default(null).catch(null),
  memory: memorySchema.nullable().default(null).catch(null),
  reviews: z.array(reviewSchema).max(100_000).default([]).catch([]),
});
type FileCard = z.infer<typeof cardSchema>;

/**
 * @throws TracedeckError `not_a_card_file` where it is no whole JSON
 */
export function readJsonCards(
  path: string,
  text: string,
  deck: string | null,
  { hasNotetype }: Pick<CardFileTools, 'hasNotetype'>,
): CardFile {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\ufeff/u, ''));
  } catch (thrown) {
    throw new TracedeckError(
      'user',
      'not_a_card_file',
      `${basename(path)} is not whole: it ends within a card.`,
      {
        hint: 'Export it again.',
        cause: thrown,
      },
    );
  }
  const refused: string[] = [];
  let bad = 0;
  let unscheduled = 0;
  const byNote = new Map<string, FileCard[]>();
  for (const one of Array.isArray(json) ? (json as unknown[]) : []) {
    const parsed = cardSchema.safeParse(one);
    if (!parsed.success) {
      bad += 1;
      continue;
    }
    if (lostSchedule(one, parsed.data)) unscheduled += 1;
    const ofNote = byNote.get(parsed.data.noteId);
    if (ofNote === undefined) byNote.set(parsed.data.noteId, [parsed.data]);
    else ofNote.push(parsed.data);
  }
  if (bad > 0) refused.push(`${bad} entries that are no cards.`);
  if (unscheduled > 0) refused.push(`The schedule of ${unscheduled} cards: it is none.`);
  const notes = [...byNote.values()].map((cards): FileNote => {
    const first = cards[0]!;
    const { guid, notetype, fields } = cards.find((card) => card.notetype !== undefined) ?? first;
    const ofNotetype =
      notetype !== undefined && fields !== undefined && hasNotetype(notetype, fields.length)
        ? { name: notetype, fields: fields.map((field) => field.normalize('NFC')) }
        : null;
    const isHtml = first.format === 'html' && ofNotetype === null;
    const modified = cards.map(({ modifiedMs }) => modifiedMs ?? 0);
    return {
      noteId: first.noteId,
      rowOf: null,
      guid: guid ?? null,
      deck: deck ?? first.deck.normalize('NFC'),
      term: (first.term || htmlToText(first.front)).slice(0, 4000),
      tags: [...new Set(cards.flatMap(({ tags }) => tags))],
      notetype: ofNotetype,
      cards: cards.flatMap((card) => cardsOf(card, isHtml)),
      createdMs: first.createdMs,
      modifiedMs: Math.max(...modified) || null,
      lostFormatting: isHtml && cards.some(({ front, back }) => isFormatted(front) || isFormatted(back)),
    };
  });
  return { form: 'json', notes, keepsCurrent: false, refused };
}

function lostSchedule(one: unknown, { memory, reviews }: FileCard): boolean {
  const given = one as { readonly memory?: unknown; readonly reviews?: unknown };
  const isGiven = (value: unknown) => value !== undefined && value !== null;
  const isEmpty = Array.isArray(given.reviews) && given.reviews.length === 0;
  return (
    (memory === null && isGiven(given.memory)) || (reviews.length === 0 && isGiven(given.reviews) && !isEmpty)
  );
}

function cardsOf(card: FileCard, isHtml: boolean): readonly IncomingCard[] {
  const { type, suspended, flag, quote, place, memory, reviews, provenance } = card;
  const [front, back] = isHtml ? [htmlToText(card.front), htmlToText(card.back)] : [card.front, card.back];
  const schedule = memory === null && reviews.length === 0 ? null : { memory, reviews };
  const common = { type, front, back, suspended, flag, quote, place, schedule, provenance };
  if (type !== 'cloze') return [{ ...common, cloze: null }];
  // Files of an earlier version do not say which gap is asked for.
  const gaps = card.cloze === undefined || card.cloze === null ? gapNumbers(front) : [card.cloze];
  if (gaps.length === 0) return [{ ...common, type: isHtml ? 'basic' : type, cloze: isHtml ? null : 1 }];
  // Whose schedule it is is not known of several.
  return gaps.map((cloze) => ({ ...common, cloze, schedule: gaps.length === 1 ? schedule : null }));
}
