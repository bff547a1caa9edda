/** What the user sets once. Kept as settings.json in the data folder; keys are kept elsewhere, encrypted. */
import { z } from 'zod';
import { ankiConnectSchema } from './anki.ts';
import { DEFAULT_GOALS, goalSchema } from './goalSettings.ts';
import { MAX_GOALS, MAX_NOISE_RULES } from './limits.ts';
import { GENERATORS } from './run.ts';
import { watchedFolderSchema } from './source.ts';
import { studySettingsSchema } from './study.ts';
import { telemetrySettingsSchema } from './telemetrySettings.ts';
import { receiverSettingsSchema } from './traceQuery.ts';

export const modelServerSchema = z.object({
  /** Up to and including the version segment, e.g. `http://127.0.0.1:11434/v1` (Ollama). */
  baseUrl: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:11434/v1'),
  /** Model by stage. */
  models: z.object({ analyse: z.string().trim().max(200), write: z.string().trim().max(200) }).default({
    analyse: '',
    write: '',
  }),
  temperature: z.number().min(0).max(2).default(0.2),
  maxOutputTokens: z.int().min(64).max(32_768).default(2048),
  /** One attempt, from sending to the last byte. */
  timeoutMs: z.int().min(100).max(1_800_000).default(120_000),
  retries: z.int().min(0).max(10).default(4),
  requestsPerMinute: z.int().min(1).max(100_000).default(6000),
  tokensPerMinute: z.int().min(100).max(1_000_000_000).default(10_000_000),
  maxInFlight: z.int().min(1).max(256).default(32),
});
export type ModelServer = z.infer<typeof modelServerSchema>;

/** Anthropic's own API. */
const anthropicSchema = z.object({
  baseUrl: z.url({ protocol: /^https?$/ }).default('https://api.anthropic.com'),
  models: z.object({ analyse: z.string().trim().max(200), write: z.string().trim().max(200) }).default({
    analyse: 'claude-haiku-5-5',
    write: 'claude-haiku-5-5',
  }),
  temperature: z.number().min(0).max(1).default(0.2),
  maxOutputTokens: z.int().min(64).max(64_000).default(2048),
  timeoutMs: z.int().min(100).max(1_800_000).default(120_000),
  retries: z.int().min(0).max(10).default(4),
  requestsPerMinute: z.int().min(1).max(100_000).default(1000),
  tokensPerMinute: z.int().min(100).max(1_000_000_000).default(400_000),
  maxInFlight: z.int().min(1).max(256).default(16),
  /** Marks the instructions, the same for every row, to be kept by the server. */
  promptCaching: z.boolean().default(true),
});
export type AnthropicServer = z.infer<typeof anthropicSchema>;

/** A GGUF file, run in this program's own process. */
const localModelSchema = z.object({
  path: z.string().max(4096).default(''),
  contextTokens: z.int().min(512).max(131_072).default(4096),
  maxOutputTokens: z.int().min(64).max(32_768).default(1024),
  temperature: z.number().min(0).max(2).default(0.2),
  /** Layers on the graphics card; `null` lets the library choose. */
  gpuLayers: z.int().min(0).max(1000).nullable().default(null),
});
export type LocalModel = z.infer<typeof localModelSchema>;

const modelPriceSchema = z.object({
  model: z.string().trim().min(1).max(200),
  inputPerMillion: z.number().min(0).max(10_000),
  outputPerMillion: z.number().min(0).max(10_000),
  exactTokenizer: z.boolean(),
  /** Of the input price, see `ModelPrice`. */
  cacheReadFactor: z.number().min(0).max(10).optional(),
  cacheWriteFactor: z.number().min(0).max(10).optional(),
  cacheMinTokens: z.int().min(0).max(1_000_000).optional(),
});
type PriceEntry = z.infer<typeof modelPriceSchema>;

/** As the makers' price lists had them in November 2026, prompts of at most 100,000 tokens. */
const DEFAULT_PRICES: PriceEntry[] = [
  openAiPrice('gpt-4o-mini', 0.15, 0.6, 0.5),
  openAiPrice('gpt-4o', 2.5, 10, 0.5),
  openAiPrice('gpt-4.1-mini', 0.4, 1.6, 0.25),
  openAiPrice('gpt-4.1', 2, 8, 0.25),
  claudePrice('claude-haiku-5-5', 0.1, 0.5, 0.1, 1024),
  claudePrice('claude-sonnet-5-5', 2, 10, 0.05, 1024),
  claudePrice('claude-opus-5-5', 4, 20, 0.05, 1024),
  claudePrice('claude-haiku-4-5', 1, 5, 0.1, 4096),
  { model: 'a model of your own', inputPerMillion: 0, outputPerMillion: 0, exactTokenizer: false },
];

function openAiPrice(model: string, input: number, output: number, cacheReadFactor: number): PriceEntry {
  return {
    model,
    inputPerMillion: input,
    outputPerMillion: output,
    exactTokenizer: true,
    cacheReadFactor,
    cacheMinTokens: 1024,
  };
}

/** A kept prompt costs a quarter more to write, and lasts five minutes from its last use. */
function claudePrice(
  model: string,
  input: number,
  output: number,
  cacheReadFactor: number,
  cacheMinTokens: number,
): PriceEntry {
  return {
    model,
    inputPerMillion: input,
    outputPerMillion: output,
    exactTokenizer: false,
    cacheReadFactor,
    cacheWriteFactor: 1.25,
    cacheMinTokens,
  };
}

const NOISE_KINDS = ['traces', 'spans'] as const;
/** What is left out of sight: traces with a span that the query finds, or within a trace such spans. */
export const noiseRuleSchema = z.object({
  name: z.string().trim().min(1).max(100),
  /** In the query language. One that cannot be read is told, and hides nothing. */
  query: z.string().trim().min(1).max(4000),
  hides: z.enum(NOISE_KINDS).default('traces'),
  enabled: z.boolean().default(true),
});
export type NoiseRule = z.infer<typeof noiseRuleSchema>;

export const THEMES = ['system', 'light', 'dark', 'contrast'] as const;

export const settingsSchema = z.object({
  /** `contrast`: high contrast, light or dark as the system is. */
  theme: z.enum(THEMES).default('system'),
  deck: z.string().trim().min(1).max(200).default('Default'),
  generator: z.enum(GENERATORS).default('offline'),
  termLanguage: z.string().min(2).max(35).default('auto'),
  meaningLanguage: z.string().min(2).max(35).default('en'),
  concurrency: z.int().min(1).max(256).default(32),
  server: modelServerSchema.prefault({}),
  anthropic: anthropicSchema.prefault({}),
  localModel: localModelSchema.prefault({}),
  /** Whether new cards wait for the user's word. */
  review: z.boolean().default(false),
  study: studySettingsSchema.prefault({}),
  ankiConnect: ankiConnectSchema.prefault({}),
  watchedFolders: z.array(watchedFolderSchema).max(20).default([]),
  backups: z
    .object({ daily: z.boolean().default(true), keep: z.int().min(1).max(1000).default(14) })
    .prefault({}),
  /** Prices in US dollars per million tokens, as of the day they were typed in: the user's to edit. */
  prices: z.array(modelPriceSchema).max(200).default(DEFAULT_PRICES),
  estimateModel: z.string().trim().min(1).max(200).default('gpt-4o-mini'),
  cache: z
    .object({
      memoryBytes: z.int().min(0).max(4e9).default(32_000_000),
      diskBytes: z.int().min(0).max(1e12).default(1_000_000_000),
      ttlDays: z.number().min(0.0001).max(36_500).default(365),
    })
    .prefault({}),
  telemetry: telemetrySettingsSchema.prefault({}),
  /** What traces.db is held to: the oldest traces that are not pinned go first. */
  traces: z
    .object({
      maxBytes: z.int().min(1_000_000).max(1e12).default(2_000_000_000),
      maxDays: z.number().min(0.01).max(36_500).default(30),
      /** What the viewer hides; the store keeps all of it. */
      noise: z
        .array(noiseRuleSchema)
        .max(MAX_NOISE_RULES)
        .default([
          {
            name: 'Clicks without a run',
            query: 'trace.name =~ "^ui " and not has(run) and trace.errors = 0',
            hides: 'traces',
            enabled: true,
          },
        ]),
    })
    .prefault({}),
  goals: z.array(goalSchema).max(MAX_GOALS).default(DEFAULT_GOALS),
  receiver: receiverSettingsSchema.prefault({}),
});
export type Settings = z.infer<typeof settingsSchema>;
