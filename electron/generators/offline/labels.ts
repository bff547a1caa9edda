/** The few words that cards carry besides the row's text and the dictionary's: questions and headings. */
export const LABELS = {
  also: 'Also: ',
  synonyms: 'Synonyms: ',
  level: 'Level: ',
  mnemonic: 'Remember: ',
  howRead: 'How is it read?',
  howUsed: (term: string) => `How is ${term} used?`,
  difference: (term: string, other: string) => `${term} – ${other}: what is the difference?`,
  whichCharacters: (term: string) => `Which characters is ${term} written with?`,
  whatCharactersMean: (term: string) => `What do the characters of ${term} mean?`,
  whichWords: (term: string) => `Which words are spelled ${term}?`,
  meaningUnknown: 'Meaning not known offline: add a column with it, or use a model.',
} as const;
