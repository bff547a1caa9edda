/** What can be wrong with a model's answer, in the user's words and in the model's. */
import { TracedeckError } from '../errors/tracedeckError.ts';
import type { DialogAnswer, DialogMessage } from './modelDialog.ts';
import type { ReadingProblem } from './readAnswer.ts';

export function stopError(code: DialogAnswer['stopped'], maxOutputTokens: number): TracedeckError {
  if (code === 'refused') {
    return new TracedeckError('permanent', 'refused', 'The model refused to answer for this row.', {
      hint: 'Reword the row, or take another model.',
    });
  }
  return new TracedeckError(
    'permanent',
    'answer_too_long',
    `The answer did not fit into ${maxOutputTokens} tokens and was cut off.`,
    {
      hint: 'Raise the output limit in the settings, or take a model that does not think aloud.',
    },
  );
}

export function readingError(code: Exclude<ReadingProblem, 'no_cards'>, model: string): TracedeckError {
  const messages = {
    empty_answer: `The model '${model}' answered with nothing, twice.`,
    schema_echo: `The model '${model}' repeated the schema instead of filling it, twice.`,
    invalid_answer: `The answer of the model '${model}' does not fit the schema, not even after a correction.`,
  };
  return new TracedeckError('transient', code, messages[code], {
    hint: 'Retry the failed rows; if it happens often, take a larger model or one that supports JSON schemas.',
  });
}

/** Gateways report trouble of the model behind them with status 200 and an error in the body. */
export function modelTrouble(): TracedeckError {
  return new TracedeckError('transient', 'server_error', 'The model server reported an error of the model.', {
    hint: "Look into the provider's status page or the server's log, then retry the failed rows.",
  });
}

/** The row is skipped. */
export function noCards(): TracedeckError {
  return new TracedeckError('user', 'no_cards', 'None of the chosen card types fits this row.', {
    hint: 'Choose more card types for the run.',
  });
}

/** Longest piece of its own answer that the model is shown again, in characters. */
const MAX_SHOWN = 8000;

export function repairMessages(said: string, problems: readonly string[]): DialogMessage[] {
  const list = problems.map((problem) => `- ${problem}`).join('\n');
  const wrong = `Your answer cannot be used:\n${list}\nAnswer again: the whole corrected JSON object and nothing else.`;
  // Some servers do not take an empty message.
  return said.trim() === ''
    ? [{ role: 'user', content: wrong }]
    : [
        { role: 'assistant', content: said.slice(0, MAX_SHOWN) },
        { role: 'user', content: wrong },
      ];
}
