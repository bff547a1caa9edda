/** Bounds that both sides need to know, apart from the schemas, which bring their library along. */
export const MAX_NOISE_RULES = 20;
export const MAX_GOALS = 20;
