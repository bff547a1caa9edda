import { getState } from './index.ts';

/**
 * Puts text on the clipboard and says so.
 *
 * @param what was copied, as a sentence has it: 'The link', 'The lines for Python'
 * @param verb 'is', or 'are' where it is several
 */
export async function copyToClipboard(text: string, what: string, verb: 'is' | 'are' = 'is'): Promise<void> {
  const isDone = await write(text);
  getState().toastAdded({
    tone: isDone ? 'good' : 'bad',
    text: isDone ? `${what} ${verb} on the clipboard.` : `${what} could not be copied.`,
    hint: isDone ? null : 'The system refused the clipboard.',
  });
}

async function write(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Refused by permission, or no secure context: the old way asks nobody.
    const area = document.createElement('textarea');
    area.value = text;
    area.style.position = 'fixed';
    area.style.opacity = '0';
    document.body.append(area);
    area.select();
    const isDone = document.execCommand('copy');
    area.remove();
    return isDone;
  }
}
