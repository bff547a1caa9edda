import type { Stage } from '../../shared/card.ts';

/** Stage names as screens show them. */
export const STAGE_LABELS: Readonly<Record<Stage, string>> = { analyse: 'Analyse', write: 'Write cards' };
