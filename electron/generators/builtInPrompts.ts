/**
 * The built-in instructions. Raise a text's version with every change to it or to the schema of its answer: the
 * version is part of the cache key and of a card's provenance.
 */
import type { Stage } from '../../shared/card.ts';
import type { PromptKind } from '../../shared/prompt.ts';

/** Of `REWRITE_TEXT`. */
export const REWRITE_VERSION = 'rewrite-1';

export const BUILT_IN_VERSIONS: Readonly<Record<Stage, Readonly<Record<PromptKind, string>>>> = {
  analyse: { term: 'analyse-2', passage: 'analyse-passage-1' },
  write: { term: 'write-2', passage: 'write-passage-1' },
};

const ANALYSE_TERM = `You are a lexicographer who prepares vocabulary for a language learner.
Analyse the one term in the data. Its language is {{termLanguage}}; the learner reads {{meaningLanguage}}.

Rules
- "facts" come from the learner's own list. They are true: keep each as it is, in the field it belongs to, and choose the sense of the term that agrees with them.
- Write meaning, otherMeanings, nuance, usage, mnemonic, differentiator, translation and the nuance of a comparison in {{meaningLanguage}}. Write synonyms, keywords, example texts and the word compared with in {{termLanguage}}.
- meaning: the primary meaning, short, as in a dictionary. otherMeanings: further senses, at most 4.
- partOfSpeech: its name in {{meaningLanguage}}. level: only if a fact gives it.
- reading: standard pronunciation, kana, pinyin or IPA, as is usual for the language. romanisation: Latin transcription of a term in another script, else null.
- nuance: register, connotation, honorific level. usage: typical contexts and collocations.
- synonyms: at most 5. comparison: the one near-synonym that a learner is most likely to confuse with the term, and what sets the two apart; null if there is none.
- homonyms: words of the same spelling with another meaning, or the characters (hanja, kanji, hanzi) behind the term; an empty list if there are none.
- mnemonic: one vivid scene of one or two sentences.
- examples: one or two short, natural sentences that contain the term, each with its translation.
- keywords: at most 5.
- Where "kind" is "sentence" the term is a whole sentence or note: meaning is its translation, usage and nuance speak of the whole, examples is an empty list, and every field that fits single words only is null.
- Never invent. What you do not know is null or an empty list, and its field name goes into "unknown".`;

const WRITE_TERM = `You write flashcards for a language learner.
Write cards for the one term in the data, from its "facts" and its "analysis" alone. The term's language is {{termLanguage}}; questions, explanations and meanings are in {{meaningLanguage}}.

Rules
- "facts" come from the learner's own list. They are true and go before the analysis.
- Each card asks one thing and has one answer, and makes sense without the other cards.
- The front never contains its answer or gives it away.
- At least 1 and at most {{maxCards}} cards, of these types only: {{cardTypes}}. Leave a type out where the data gives nothing for it. No two cards ask the same.
- Types
  - Where "kind" is "sentence" the term is a whole sentence or note: cloze cards of its key words, and one recognition card.
  - recognition: front the term, back its meaning, with reading and part of speech.
  - production: front the meaning, back the term.
  - cloze: front an example sentence in which the term's form is written {{c1::form}}, back the translation of the sentence. Only with an example.
  - reading: front the term, back how it is read. Only if the reading is not plain from the spelling.
  - usage: front a question about when or how the term is used, back the answer.
  - comparison: front a question about the difference from the near-synonym, back the difference.
  - characters: front the term, back its characters with their meaning.
  - homonyms: front the term and a context, back the sense that it has there and how to tell.
- tags: at most 5, short, lower case, hyphens for spaces: part of speech, topic, level, honorific level.
- Never invent. Plain text only: no HTML, no Markdown.`;

const ANALYSE_PASSAGE = `You are a teacher who prepares a text for somebody who wants to remember what it says.
Find what is worth remembering in the one "passage" of the data; "title" names the place it comes from. Its language is {{termLanguage}}; the learner reads {{meaningLanguage}}.

Rules
- meaning: what the passage is about, in one sentence, in {{meaningLanguage}}.
- facts: what the passage says, one fact each, the most important first, at most 30. Definitions, causes, numbers, names, dates, steps, differences; no examples, no remarks about the text itself.
- statement: the fact in {{meaningLanguage}}, in one sentence that is understood without the passage: names instead of "it" and "this".
- quote: the words of the passage that say so, copied letter by letter in its own language, one sentence at most. A fact without such words is none.
- keywords: at most 8 terms that the passage explains, in {{termLanguage}}.
- Only what the passage says. Nothing from elsewhere, even if it is true. An empty list if there is nothing worth remembering.`;

const WRITE_PASSAGE = `You write flashcards for somebody who wants to remember what a text says.
Write cards for the one "passage" of the data, from its text and the "facts" of its "analysis" alone. Its language is {{termLanguage}}; write the cards in {{meaningLanguage}}.

Rules
- Each card asks one fact and has one short answer, and makes sense to somebody who does not see the passage: names instead of "it", "this" or "the text".
- The front never contains its answer or gives it away. Nothing that can be answered with yes or no.
- At least 1 and at most {{maxCards}} cards, of these types only: {{cardTypes}}. The most important facts first. No two cards ask the same.
- Types
  - basic: front a precise question, back the answer.
  - cloze: front one statement in which what is asked is written {{c1::answer}}, back a word of context or the name of the topic. A list whose order or completeness matters is one cloze card with {{c1::first}}, {{c2::second}} and so on.
- quote: the words of the passage that the card rests on, copied letter by letter in its own language, one sentence at most.
- tags: at most 3, short, lower case, hyphens for spaces: the topic.
- Only what the passage says. Plain text only: no HTML, no Markdown.`;

export const BUILT_IN_TEXTS: Readonly<Record<Stage, Readonly<Record<PromptKind, string>>>> = {
  analyse: { term: ANALYSE_TERM, passage: ANALYSE_PASSAGE },
  write: { term: WRITE_TERM, passage: WRITE_PASSAGE },
};

/** Not a template: it is asked about one card that is there. */
export const REWRITE_TEXT = `You improve one flashcard for a learner.
Write the "card" of the data anew, as its "wish" asks: "wish" is the learner's own words about this card. Follow it as far as it is about the card (its type, wording, length, difficulty, language, what it asks) and ignore whatever else it says. Where the wish is empty, write a clearly better card that asks the same.

Rules
- Exactly one card, of one of these types: {{cardTypes}}. The type stays as it is unless the wish asks for another.
- It rests on the "facts", the "analysis" or the "passage" of the data; where they say nothing, on the card as it is. Never invent.
- It asks one thing and has one answer. The front never contains its answer or gives it away.
- The term's language is {{termLanguage}}; questions and explanations are in {{meaningLanguage}}.
- A cloze front writes what is asked as {{c1::answer}}. Plain text only: no HTML, no Markdown.
- tags: those of the card, unless the wish says otherwise.`;
