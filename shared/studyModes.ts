/** Apart from the schemas of studying, which bring their library along. */

/** `ahead`: cards that are not due yet; `cram`: all of the deck in any order, the schedule left alone. */
export const STUDY_MODES = ['due', 'ahead', 'cram'] as const;
export type StudyMode = (typeof STUDY_MODES)[number];
