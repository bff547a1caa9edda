/** The compiled file's `user_version`: raised with every change of its tables, so that an old file is not misread. */
export const WORDNET_FORMAT = 1;
