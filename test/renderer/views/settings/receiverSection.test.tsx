import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { ReceiverSection } from '../../../../renderer/views/settings/ReceiverSection.tsx';
import { settingsErrors } from '../../../../renderer/views/settings/validation.ts';
import { settingsSchema } from '../../../../shared/settings.ts';

const settings = settingsSchema.parse({});
const shown = (receiver: Partial<typeof settings.receiver>): string => {
  const draft = { ...settings, receiver: { ...settings.receiver, ...receiver } };
  return renderToStaticMarkup(
    <ReceiverSection draft={draft} errors={settingsErrors(draft)} change={() => undefined} />,
  );
};

describe('the settings of the receiver', () => {
  it('are off at first, with the usual ports', () => {
    const html = shown({});
    expect(html).not.toContain('checked=""');
    expect(html).toContain('value="4318"');
    expect(html).toContain('value="4317"');
    expect(html).toContain('No token');
  });

  it('say what is wrong with a port, and that two servers cannot share one', () => {
    const html = shown({ http: { enabled: true, port: 4317 }, grpc: { enabled: true, port: 4317 } });
    expect(html).toContain('HTTP has this port already.');
    expect(shown({ http: { enabled: true, port: 70_000 } })).toContain('At most 65,535.');
  });
});
