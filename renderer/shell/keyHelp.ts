/** Every key of the program, as the help lists them. A test holds it against what the views take. */
export type KeyGroup = {
  readonly title: string;
  /** Keys that stand for one another are separated by a space. */
  readonly keys: readonly (readonly [keys: string, what: string])[];
};

export const KEY_GROUPS: readonly KeyGroup[] = [
  {
    title: 'Everywhere',
    keys: [
      ['mod+1', 'Generate'],
      ['mod+2', 'Cards'],
      ['mod+3', 'Traces'],
      ['mod+4', 'Insight'],
      ['mod+5', 'Logs'],
      ['mod+6', 'Settings'],
      ['mod+K', 'Find a command or a place'],
      ['Alt+←', 'Back'],
      ['Alt+→', 'Forward'],
      ['/', 'Search in this view'],
      ['?', 'This list'],
      ['Esc', 'Close, or give up'],
    ],
  },
  {
    title: 'Generate and cards',
    keys: [
      ['mod+O', 'Choose a list'],
      ['mod+Enter', 'Use the pasted text; generate'],
      ['mod+P', 'Pause or resume the run'],
      ['↑ ↓', 'Card by card'],
      ['Space', 'Show a card’s answer'],
      ['Enter', 'Open a new card'],
    ],
  },
  {
    title: 'Lists of traces and logs',
    keys: [
      ['↑ ↓', 'Row by row; with Shift, mark them'],
      ['J K', 'The same'],
      ['Home End', 'First, last'],
      ['Enter', 'Open'],
      ['Space X', 'Mark the trace; unfold the record'],
      ['mod+A', 'Mark all traces'],
      ['B', 'Marked traces side by side'],
      ['C', 'Compare marked traces'],
      ['P', 'Pin, or unpin'],
      ['Y', 'Copy a link'],
      ['← →', 'Close or open a group'],
      ['.', 'Hold the list still, or go on'],
    ],
  },
  {
    title: 'Query',
    keys: [
      ['↓', 'What may follow'],
      ['mod+Space', 'The same'],
      ['Tab', 'Take the proposal'],
      ['Enter', 'Take the proposal, or ask'],
      ['↑', 'Queries of before, in an empty field'],
      ['Esc', 'Close the proposals; back to what was asked'],
    ],
  },
  {
    title: 'Open trace',
    keys: [
      ['/', 'Find spans'],
      ['N', 'Next match'],
      ['Shift+N', 'Match before'],
      ['F', 'Matches alone'],
      ['E', 'Next error'],
      ['X', 'Errors alone'],
      ['P', 'Pin, or unpin'],
      ['Y', 'Copy a link to this place'],
      ['Esc', 'Close the span'],
    ],
  },
  {
    title: 'Waterfall',
    keys: [
      ['↑ ↓', 'Row by row'],
      ['PgUp PgDn', 'Page by page'],
      ['Home End', 'First, last'],
      ['→', 'Open, then go in'],
      ['←', 'Close, then go out'],
      ['Space', 'Open or close'],
      ['Enter', 'Zoom to the span; open folded siblings'],
      ['+ -', 'Zoom in or out'],
      ['Shift+→', 'Later'],
      ['Shift+←', 'Earlier'],
      ['0', 'The whole trace'],
      ['[ ]', 'One level less or more'],
      ['Shift+E', 'Open all'],
      ['Shift+C', 'Close all'],
      ['Shift+O', 'Close all of this operation'],
      ['Shift+S', 'Close all of this service'],
      ['C', 'Critical path'],
      ['V', 'Events in place'],
      ['L', 'Log records in place'],
      ['R', 'Failed spans first'],
      ['Esc', 'Give up the selection'],
    ],
  },
  {
    title: 'Flame graph',
    keys: [
      ['↑ ↓', 'To the caller, to what it calls'],
      ['← →', 'Span before, next span'],
      ['W S', 'Zoom in or out'],
      ['+ -', 'The same'],
      ['A D', 'Earlier, later'],
      ['Shift+→', 'Later'],
      ['Shift+←', 'Earlier'],
      ['PgUp PgDn', 'Scroll'],
      ['Enter', 'Zoom to the span'],
      ['0', 'The whole trace'],
      ['Esc', 'Give up the selection'],
    ],
  },
  {
    title: 'Tables, tabs and SQL',
    keys: [
      ['← →', 'From tab to tab; in a tree, close or open'],
      ['Home End', 'First, last'],
      ['mod+Enter', 'Run the SQL statement'],
    ],
  },
];
