/**
 * Text as keys of notes have it: NFC in lower case, runs of white space as one space. So `Apple ` and `apple` are one
 * note, whichever hand or file brings them. Lower case, not full case folding: folding would make one word of Turkish
 * ı and i, or of German Maße and Masse. `toLowerCase` knows no locale: the same text gives the same key on every machine.
 */
export function foldKey(text: string): string {
  return text.normalize('NFC').toLowerCase().normalize('NFC').replace(/\s+/gu, ' ').trim();
}
