import { STAGE_LABELS } from '../../derive/stageLabels.ts';

const labels: Readonly<Record<string, string>> = STAGE_LABELS;
/** A stage as screens call it; others by their own name. */
export const stageName = (stage: string | null): string =>
  stage === null ? 'no stage' : (labels[stage] ?? stage);
