import { describe, expect, it } from 'vitest';
import { speakable, spokenLanguage, voiceFor } from '../../../renderer/derive/speech.ts';

const voice = (lang: string, localService = true) => ({ lang, localService }) as SpeechSynthesisVoice;

describe('what is read aloud', () => {
  it('takes the language from the script, and from the settings where the script does not tell', () => {
    expect(spokenLanguage('사과 apple', 'en')).toBe('ko');
    expect(spokenLanguage('食べる', 'en')).toBe('ja');
    expect(spokenLanguage('苹果', 'en')).toBe('zh');
    expect(spokenLanguage('Maße', 'de')).toBe('de');
  });

  it('is silent about the gap that is asked for, and fills in the others', () => {
    expect(speakable('{{c1::Seoul}} is in {{c2::Korea::country}}', 1)).toBe('… is in Korea');
    expect(speakable('{{c1::Seoul}} is in {{c2::Korea}}', -1)).toBe('Seoul is in Korea');
    expect(speakable('{{c1::Seoul}}', null)).toBe('…');
    expect(speakable('hello [sound:hello.mp3]', null)).toBe('hello');
  });

  it('has the region’s own voice first, then one of this machine', () => {
    const voices = [voice('en-GB', false), voice('en_US'), voice('ko-KR')];
    expect(voiceFor('en-GB', voices)).toBe(voices[0]);
    expect(voiceFor('en', voices)).toBe(voices[1]);
    expect(voiceFor('ko', voices)).toBe(voices[2]);
    expect(voiceFor('th', voices)).toBeUndefined();
  });
});
