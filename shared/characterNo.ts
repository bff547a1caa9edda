/** The number, from 1 on, of the character that begins at a place of a string: as people count, not UTF-16. */
export const characterNo = (text: string, at: number): number => Array.from(text.slice(0, at)).length + 1;
