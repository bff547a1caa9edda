/** One tiny call that shows whether server, key and model work together. */
import { NO_TOKENS } from '../../../shared/run.ts';
import type { Stage } from '../../../shared/card.ts';
import type { TokenUsage } from '../../../shared/run.ts';
import { TracedeckError } from '../../errors/tracedeckError.ts';
import { chat } from './chat.ts';
import type { ModelTransport } from './chat.ts';
import { sharedDialects } from './dialect.ts';

export type ConnectionResult = {
  /** As the server names it, or as asked for. */
  readonly model: string;
  readonly latencyMs: number;
  readonly usage: TokenUsage;
};

/** @throws TracedeckError `model_not_set`, and what the client throws */
export async function testConnection(
  client: ModelTransport,
  model: string,
  signal: AbortSignal,
): Promise<ConnectionResult> {
  if (model.trim() === '') throw modelNotSet('analyse');
  const startMs = performance.now();
  const answer = await chat(
    client,
    sharedDialects,
    {
      model,
      messages: [{ role: 'user', content: 'Answer with OK.' }],
      maxOutputTokens: 16,
      temperature: 0,
      reasoningEffort: 'none',
      answer: null,
      expectedTokens: 32,
    },
    signal,
  );
  return {
    model: answer.model ?? model,
    latencyMs: performance.now() - startMs,
    usage: answer.usage ?? NO_TOKENS,
  };
}

export function modelNotSet(stage: Stage): TracedeckError {
  return new TracedeckError('user', 'model_not_set', `No model is set for the stage '${stage}'.`, {
    hint: 'Name a model for each stage in the settings of the model server.',
  });
}
