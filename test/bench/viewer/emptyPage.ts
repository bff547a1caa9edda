/** Shows nothing: a step of it is what the measuring costs. */
export const prepare = (): null => null;

export const mount = (root: HTMLElement): HTMLElement => root;
