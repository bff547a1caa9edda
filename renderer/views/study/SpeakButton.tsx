import type { Card } from '../../../shared/card.ts';
import { speak, speakable, spokenLanguage } from '../../derive/speech.ts';
import { getState } from '../../store/index.ts';
import { Button } from '../../ui/Button.tsx';
import { textOfHtml } from '../../ui/cardFace/safeHtml.ts';

/** Reads the side aloud that is shown; says where the system has no voice for it. */
export function readAloud(card: Card, revealed: boolean): void {
  const side = revealed && card.type !== 'cloze' ? card.back : card.front;
  const plain = card.format === 'html' ? textOfHtml(side) : side;
  const text = speakable(plain, revealed ? -1 : card.cloze);
  const { settings, toastAdded } = getState();
  const latin = settings === null || settings.termLanguage === 'auto' ? 'en' : settings.termLanguage;
  const language = spokenLanguage(text, latin);
  if (text === '' || speak(text, language)) return;
  toastAdded({
    tone: 'info',
    text: `This system has no voice for '${language}'.`,
    hint: 'Voices are installed in the system’s own settings for speech.',
  });
}

export function SpeakButton({ card, revealed }: { card: Card; revealed: boolean }) {
  return (
    <Button
      tone="quiet"
      icon="speak"
      iconOnly
      aria-keyshortcuts="R"
      onClick={() => readAloud(card, revealed)}
    >
      Read aloud
    </Button>
  );
}
