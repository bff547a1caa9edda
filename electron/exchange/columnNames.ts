/**
 * The names a column may have, by what it holds: English first, then Korean, Japanese, Chinese and the
 * languages that lists from schools come in most. Compared by `headerKey`, so case, accents, spaces,
 * underscores, hyphens and anything in parentheses do not matter. docs/lists.md shows this table.
 */
import type { SourceField } from '../../shared/card.ts';

export type ColumnField = SourceField | 'term' | 'position' | 'kind';

const words = (text: string): readonly string[] => text.split(',').map((word) => word.trim());

export const COLUMN_NAMES: Readonly<Record<ColumnField, readonly string[]>> = {
  term: words(
    `term, terms, word, words, vocab, vocabulary, vocabulary item, vocabulary word, expression, phrase, front,
     headword, head word, lemma, lexeme, entry, target word, target, hangul, hangeul, 단어, 어휘, 낱말, 용어,
     표제어, 표현, 한글, 단어명, 単語, 言葉, ことば, 語彙, 用語, 表現, 見出し語, 語句, 词, 词语, 词汇, 单词, 生词,
     词条, 詞, 詞語, 詞彙, 單詞, 生詞, Wort, Wörter, Vokabel, Vokabeln, Begriff, Ausdruck, mot, mots, terme,
     vocabulaire, palabra, palabras, término, vocabulario, expresión, parola, termine, vocabolo, palavra, termo,
     слово, термин, выражение, كلمة, الكلمة, كلمات, الكلمات, مفردات, المفردات, المصطلح, مصطلح, शब्द, คำ, คำศัพท์, từ, từ vựng, kelime, λέξη, מילה`,
  ),
  meaning: words(
    `meaning, meanings, primary meaning, main meaning, definition, definitions, def, translation, translations,
     gloss, glossary, back, answer, sense, english meaning, english definition, english translation, meaning en,
     뜻, 의미, 뜻풀이, 정의, 번역, 해석, 意味, 訳, 和訳, 英訳, 日本語訳, 定義, 翻訳, 意思, 释义, 解释, 翻译, 含义,
     中文意思, 釋義, 解釋, 翻譯, 含義, Bedeutung, Übersetzung, traduction, signification, sens, définition,
     significado, traducción, definición, significato, traduzione, definizione, tradução, definição, значение,
     перевод, معنى, المعنى, ترجمة, الترجمة, अर्थ, ความหมาย, คำแปล, nghĩa, anlam, σημασία, פירוש, תרגום`,
  ),
  otherMeanings: words(
    `other meanings, other meaning, secondary meaning, secondary meanings, additional meanings, more meanings,
     alternative meanings, meaning 2, definition 2, senses, 다른 뜻, 다른 의미, 他の意味, 其他意思, 其他释义,
     weitere Bedeutungen, autres sens, otros significados`,
  ),
  reading: words(
    `reading, readings, furigana, yomi, yomigana, pinyin, zhuyin, bopomofo, jyutping, romaji, romaja,
     romanization, romanisation, transliteration, transcription, 읽기, 독음, 로마자, 読み, 読み方, よみ, よみかた,
     ふりがな, フリガナ, 拼音, 注音, 读音, 讀音, Lesung, Umschrift, lecture, lectura, чтение, транскрипция`,
  ),
  pronunciation: words(
    `pronunciation, ipa, ipa pronunciation, pronunciation ipa, phonetic, phonetics, phonetic transcription,
     발음, 표준 발음, 発音, 发音, 音标, 發音, 音標, Aussprache, prononciation, pronunciación, pronuncia, pronúncia,
     произношение, نطق`,
  ),
  partOfSpeech: words(
    `part of speech, pos, type, word type, word class, class, lexical category, grammatical category, 품사,
     品詞, 词性, 詞性, Wortart, nature, classe grammaticale, nature grammaticale, categoría gramatical, parte del
     discorso, часть речи`,
  ),
  example: words(
    `example, examples, example sentence, example sentences, sample sentence, usage example, context sentence,
     context, 예문, 예시, 例文, 用例, 例句, 例子, Beispiel, Beispielsatz, Beispiele, exemple, exemples, phrase
     exemple, ejemplo, ejemplos, oración de ejemplo, frase de ejemplo, esempio, exemplo, пример, примеры, مثال, المثال,
     उदाहरण, ตัวอย่าง, ví dụ`,
  ),
  exampleReading: words(
    `example reading, example sentence reading, example sentence ipa, example ipa, example pronunciation,
     example sentence pronunciation, example kana, example furigana, example pinyin, sentence reading, sentence
     kana, sentence furigana, sentence pinyin, sentence ipa, 예문 발음, 예문 읽기, 例文読み, 例文の読み, 例文よみ,
     例句拼音`,
  ),
  exampleTranslation: words(
    `example translation, example sentence translation, example sentences translation, example meaning, example
     sentence meaning, example english, sentence translation, sentence meaning, sentence english, 예문 번역,
     예문 해석, 예문 뜻, 例文訳, 例文の訳, 例文の意味, 例文和訳, 例句翻译, 例句意思, 例句翻譯, Beispielübersetzung,
     Übersetzung des Beispiels, traduction exemple, traduction de l'exemple, traducción del ejemplo, traduzione
     esempio, перевод примера`,
  ),
  usage: words(
    `usage, usage hint, usage hints, usage note, usage notes, usage context, hint, remark, remarks, comment,
     comments, explanation, note, notes, 용법, 사용법, 쓰임, 참고, 비고, 설명, 메모, 使い方, 備考, メモ, 説明, 用法,
     备注, 说明, 備註, 說明, Verwendung, Hinweis, Anmerkung, Notiz, emploi, remarque, uso, nota, notas, note d'uso,
     употребление, примечание, заметка`,
  ),
  nuance: words(
    `nuance, nuances, connotation, register, 뉘앙스, 어감, ニュアンス, 语感, 語感, matiz, sfumatura, нюанс`,
  ),
  comparison: words(
    `comparison, comparisons, compare, compare to, versus, vs, contrast, difference, differences, confused with,
     비교, 차이, 차이점, 比較, 違い, 比较, 区别, 辨析, 區別, Vergleich, Unterschied, comparaison, différence,
     comparación, diferencia, confronto, сравнение`,
  ),
  synonyms: words(
    `synonym, synonyms, near synonym, near synonyms, similar words, related words, 유의어, 동의어, 비슷한 말,
     類義語, 同義語, 類語, 近义词, 同义词, 近義詞, 同義詞, Synonyme, synonymes, sinónimo, sinónimos, sinonimo,
     sinonimi, sinônimos, синоним, синонимы`,
  ),
  characters: words(
    `characters, hanja, chinese characters, chinese character, sinographs, kanji form, 한자, Schriftzeichen,
     caractères, caracteres, иероглифы`,
  ),
  mnemonic: words(
    `mnemonic, mnemonics, memory aid, memory hook, story, scene, association, 연상, 암기법, 기억법, 연상법,
     語呂合わせ, 覚え方, 助记, 记忆法, 助記, 記憶法, Eselsbrücke, Merkhilfe, mnémotechnique, moyen mnémotechnique,
     mnemotecnia, regla mnemotécnica, мнемоника`,
  ),
  level: words(
    `level, topik, topik level, jlpt, jlpt level, hsk, hsk level, cefr, cefr level, grade, difficulty, 급수, 등급,
     수준, 레벨, 난이도, レベル, 級, 難易度, 等级, 级别, 难度, 等級, 級別, Stufe, Niveau, nivel, livello, nível,
     уровень`,
  ),
  frequency: words(
    `frequency, freq, frequency rank, word frequency, rank, ranking, occurrences, count, 빈도, 빈도수, 빈도 순위,
     頻度, 頻出度, 频率, 频度, 词频, 頻率, 詞頻, Häufigkeit, fréquence, frecuencia, frequenza, frequência, частота,
     частотность`,
  ),
  tags: words(
    `tag, tags, label, labels, category, categories, topic, topics, theme, themes, subject, chapter, lesson,
     unit, 태그, 분류, 주제, 카테고리, 단원, 과, タグ, カテゴリ, カテゴリー, 分類, 課, 标签, 分类, 主题, 标记, 標籤,
     主題, Schlagwort, Thema, Kategorie, Lektion, étiquette, thème, catégorie, leçon, etiqueta, etiquetas, tema,
     categoría, lección, etichetta, categoria, тег, теги, тема, категория, урок`,
  ),
  position: words(
    `position, no, nr, num, number, #, index, idx, id, row, order, sequence, serial, sort, 번호, 순번, 순서, 連番,
     番号, 順番, 序号, 编号, 序號, 編號, Nummer, numéro, numero, número, orden, номер, №, п/п`,
  ),
  kind: words(`kind, item kind, entry kind, item type, entry type, row type, 종류, 種類, 种类`),
};

/** Names that are the term only where no other column is; `otherwise` is what they hold beside a term. */
export const SECOND_CHOICE_TERMS: readonly {
  readonly names: readonly string[];
  readonly otherwise: SourceField | null;
}[] = [
  {
    names: words('kanji, hanzi, 漢字, 汉字, simplified, traditional, 简体, 繁体, 繁體, 簡體'),
    otherwise: 'characters',
  },
  { names: words('kana, hiragana, katakana, ひらがな, カタカナ, かな, 仮名, 假名'), otherwise: 'reading' },
  {
    names: words('sentence, sentences, 문장, 文, 句子, Satz, phrase complète, oración, frase, предложение'),
    otherwise: 'example',
  },
  { names: words('text, question, 질문, 問題, 问题, Frage, pregunta, domanda, вопрос'), otherwise: null },
  { names: words('name, title, item, 이름, 名前, 名称, 名稱'), otherwise: null },
];

/**
 * Languages as column names: language, and the language the name is written in. Of two such columns the one
 * in the header's own language is the meaning: `English,Korean` is read by somebody who reads English.
 */
export const LANGUAGE_NAMES: readonly {
  readonly writtenIn: string;
  readonly names: Readonly<Record<string, string>>;
}[] = [
  {
    writtenIn: 'en',
    names: {
      english: 'en',
      korean: 'ko',
      japanese: 'ja',
      chinese: 'zh',
      mandarin: 'zh',
      german: 'de',
      french: 'fr',
      spanish: 'es',
      italian: 'it',
      portuguese: 'pt',
      russian: 'ru',
      arabic: 'ar',
      hebrew: 'he',
      hindi: 'hi',
      thai: 'th',
      vietnamese: 'vi',
      turkish: 'tr',
      greek: 'el',
      dutch: 'nl',
      polish: 'pl',
      latin: 'la',
      swedish: 'sv',
      ukrainian: 'uk',
      indonesian: 'id',
    },
  },
  {
    writtenIn: 'ko',
    names: {
      한국어: 'ko',
      국어: 'ko',
      영어: 'en',
      일본어: 'ja',
      중국어: 'zh',
      독일어: 'de',
      프랑스어: 'fr',
      스페인어: 'es',
    },
  },
  {
    writtenIn: 'ja',
    names: { 日本語: 'ja', 英語: 'en', 韓国語: 'ko', 中国語: 'zh', ドイツ語: 'de', フランス語: 'fr' },
  },
  {
    writtenIn: 'zh',
    names: {
      中文: 'zh',
      汉语: 'zh',
      英文: 'en',
      英语: 'en',
      韩语: 'ko',
      韩文: 'ko',
      日语: 'ja',
      日文: 'ja',
      韓文: 'ko',
    },
  },
  {
    writtenIn: 'de',
    names: {
      deutsch: 'de',
      englisch: 'en',
      koreanisch: 'ko',
      japanisch: 'ja',
      chinesisch: 'zh',
      französisch: 'fr',
      spanisch: 'es',
    },
  },
  {
    writtenIn: 'fr',
    names: {
      français: 'fr',
      anglais: 'en',
      coréen: 'ko',
      japonais: 'ja',
      chinois: 'zh',
      allemand: 'de',
      espagnol: 'es',
    },
  },
  {
    writtenIn: 'es',
    names: {
      español: 'es',
      inglés: 'en',
      coreano: 'ko',
      japonés: 'ja',
      chino: 'zh',
      alemán: 'de',
      francés: 'fr',
    },
  },
];
