/**
 * Stage names as screens show them. Written out here, since the module that settings share them from brings
 * the whole schema library along, which the first screen does without.
 */
import type { Stage } from '../../shared/card.ts';

export const STAGE_LABELS: Readonly<Record<Stage, string>> = { analyse: 'Analyse', write: 'Write cards' };
