/** Goals as settings keep them. */
import { z } from 'zod';
import { GOAL_MEASURES, isDuration } from './goals.ts';
import type { Goal } from './goals.ts';

const MAX_WINDOW_MINUTES = 60 * 24 * 30;

export const goalSchema = z
  .object({
    name: z.string().trim().min(1).max(100),
    query: z.string().trim().max(4000),
    measure: z.enum(GOAL_MEASURES),
    bound: z.number().min(0).max(86_400_000),
    windowMinutes: z.int().min(1).max(MAX_WINDOW_MINUTES),
    enabled: z.boolean().default(true),
  })
  .refine(({ measure, bound }) => isDuration(measure) || bound <= 100, {
    path: ['bound'],
    message: 'At most 100.',
  });

const DAY_MINUTES = 60 * 24;
export const DEFAULT_GOALS: Goal[] = [
  {
    name: 'Rows become cards',
    query: 'name = item',
    measure: 'errors',
    bound: 5,
    windowMinutes: DAY_MINUTES,
    enabled: true,
  },
  {
    name: 'Models answer',
    query: 'has(gen_ai.request.model) and kind = client',
    measure: 'availability',
    bound: 99,
    windowMinutes: DAY_MINUTES,
    enabled: true,
  },
  {
    name: 'Models answer in time',
    query: 'has(gen_ai.request.model) and kind = client',
    measure: 'p95',
    bound: 30_000,
    windowMinutes: DAY_MINUTES,
    enabled: true,
  },
];
