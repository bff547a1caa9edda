import type { AnthropicServer, ModelServer } from '../../../shared/settings.ts';
import { STAGE_LABELS } from '../../derive/stageLabels.ts';
import { TextField } from '../../ui/TextField.tsx';
import { NumberField } from './NumberField.tsx';
import type { FieldErrors } from './validation.ts';

const LIMITS = [
  ['temperature', 'Temperature'],
  ['maxOutputTokens', 'Most output tokens a call'],
  ['maxInFlight', 'Calls in flight'],
  ['requestsPerMinute', 'Requests a minute'],
  ['tokensPerMinute', 'Tokens a minute'],
  ['retries', 'Retries'],
] as const;

/** What a server of models has whoever runs it. */
type Server = Pick<ModelServer & AnthropicServer, 'models' | (typeof LIMITS)[number][0]>;
type Props = {
  readonly server: Server;
  /** Where the server stands in the settings: errors begin with it. */
  readonly path: 'server' | 'anthropic';
  readonly errors: FieldErrors;
  readonly onChange: (patch: Partial<Server>) => void;
};

/** Which model each stage asks. */
export function StageModels({ server: { models }, path, errors, onChange }: Props) {
  return (['analyse', 'write'] as const).map((stage) => (
    <TextField
      key={stage}
      label={`Model: ${STAGE_LABELS[stage].toLowerCase()}`}
      error={errors[`${path}.models.${stage}`]}
      mono
      placeholder="none set"
      value={models[stage]}
      onChange={(model) => onChange({ models: { ...models, [stage]: model } })}
    />
  ));
}

/** How much is asked of it at once. */
export function CallLimits({ server, path, errors, onChange }: Props) {
  return LIMITS.map(([key, label]) => (
    <NumberField
      key={key}
      label={label}
      value={server[key]}
      error={errors[`${path}.${key}`]}
      onChange={(value) => onChange({ [key]: value })}
    />
  ));
}
