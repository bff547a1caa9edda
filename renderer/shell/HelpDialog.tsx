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
      ['mod+Enter', 'Use the pasted text; generate'],
      ['mod+P', 'Pause or resume'],
    ],
  },
  {
    title: 'Lists and tabs',
    keys: [
      ['↑', 'One up'],
      ['↓', 'One down'],
      ['Space', 'Reveal a card'],
      ['Enter', 'Open a new card'],
      ['/', 'Search cards or logs'],
    ],
  },
  {
    title: 'Trace',
    keys: [
      ['/', 'Find spans'],
      ['n N', 'Next or previous match'],
      ['e', 'Next error'],
      ['+ -', 'Zoom in or out'],
      ['0', 'Fit the whole trace'],
      ['W A S D', 'Zoom and pan the flame graph'],
      ['← ↑ ↓ →', 'Move between spans'],
      ['Enter', 'Open the span'],
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
