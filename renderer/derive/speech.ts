/** Reading aloud with the voices that the system has. */
import { showCloze } from '../../shared/cloze.ts';

const SCRIPT_LANGUAGES: readonly (readonly [RegExp, string])[] = [
  [/[\p{Script=Hiragana}\p{Script=Katakana}]/u, 'ja'],
  [/\p{Script=Hangul}/u, 'ko'],
  [/\p{Script=Han}/u, 'zh'],
  [/\p{Script=Cyrillic}/u, 'ru'],
  [/\p{Script=Arabic}/u, 'ar'],
  [/\p{Script=Hebrew}/u, 'he'],
  [/\p{Script=Thai}/u, 'th'],
  [/\p{Script=Devanagari}/u, 'hi'],
  [/\p{Script=Greek}/u, 'el'],
];

/** The language of a text by its script; `latin` for one in Latin letters, whose language no script tells. */
export function spokenLanguage(text: string, latin: string): string {
  return SCRIPT_LANGUAGES.find(([script]) => script.test(text))?.[1] ?? latin;
}

/** What of a side can be read aloud: marks are filled in, the gap that is asked for is a pause. */
export function speakable(text: string, asked: number | null): string {
  return showCloze(text, asked, () => '…')
    .replaceAll(/\[sound:[^\]]*\]/g, ' ')
    .trim();
}

/** The system's voice for a language: its own region first, a local one before one from the network. */
export function voiceFor(
  language: string,
  voices: readonly SpeechSynthesisVoice[],
): SpeechSynthesisVoice | undefined {
  const primary = (tag: string) => tag.toLowerCase().split(/[-_]/)[0];
  const spoken = voices.filter((voice) => primary(voice.lang) === primary(language));
  return (
    spoken.find((voice) => voice.lang.toLowerCase() === language.toLowerCase()) ??
    spoken.find((voice) => voice.localService) ??
    spoken[0]
  );
}

/** Speaks, in place of what is being spoken. `false` where the system has no voice for the language. */
export function speak(text: string, language: string): boolean {
  const voice = voiceFor(language, speechSynthesis.getVoices());
  if (voice === undefined || text === '') return false;
  speechSynthesis.cancel();
  const utterance = new SpeechSynthesisUtterance(text);
  utterance.voice = voice;
  utterance.lang = voice.lang;
  speechSynthesis.speak(utterance);
  return true;
}
