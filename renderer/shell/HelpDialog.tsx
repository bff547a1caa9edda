import './helpDialog.css';
import { getState } from '../store/index.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { Kbd } from '../ui/Kbd.tsx';

const GROUPS: readonly { title: string; keys: readonly (readonly [string, string])[] }[] = [
  {
    title: 'Everywhere',
    keys: [
      ['mod+1', 'Generate'],
      ['mod+2', 'Cards'],
      ['mod+3', 'Traces'],
      ['mod+4', 'Logs'],
      ['mod+5', 'Settings'],
      ['mod+K', 'Find a command'],
      ['?', 'This list'],
    ],
  },
  {
    title: 'Generate',
    keys: [
      ['mod+O', 'Choose a list'],
      ['mod+Enter', 'Generate'],
      ['mod+P', 'Pause or resume'],
    ],
  },
  {
    title: 'Lists and tabs',
    keys: [
      ['↑', 'One up'],
      ['↓', 'One down'],
      ['Space', 'Reveal a card'],
      ['/', 'Search cards or logs'],
    ],
  },
];

export function HelpDialog() {
  return (
    <Dialog title="Keyboard" wide onClose={() => getState().overlayChanged(null)}>
      <div className="help">
        {GROUPS.map((group) => (
          <section key={group.title}>
            <h3>{group.title}</h3>
            <dl>
              {group.keys.map(([keys, what]) => (
                <div key={keys}>
                  <dt>
                    <Kbd keys={keys} />
                  </dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p className="small faint">
        In a trace, the waterfall and the flame graph take the arrow keys once they have the focus.
      </p>
    </Dialog>
  );
}
