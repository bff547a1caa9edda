/** Line icons of our own on a 20 px grid; decoration only, so hidden from assistive technology. */
const PATHS = {
  generate: 'M4 4.5h8M4 8.5h5M4 12.5h4M14.5 8.5l1.2 3.3 3.3 1.2-3.3 1.2-1.2 3.3-1.2-3.3L10 13l3.3-1.2z',
  cards:
    'M6.5 3.5h9a1 1 0 0 1 1 1v9M3.5 6.5h9a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1v-8a1 1 0 0 1 1-1zM5 10h6M5 13h3.5',
  study: 'M10 5.2L2.5 8.5 10 11.8l7.5-3.3zM5.5 10v3.6c0 1 2 2 4.5 2s4.5-1 4.5-2V10M17.5 8.5v4.5',
  traces: 'M2.5 4.5h15M4.5 8.2h9M6.5 11.9h8M6.5 15.6h4.5',
  logs: 'M3 5h1.5M3 10h1.5M3 15h1.5M7.5 5H17M7.5 10H17M7.5 15h6',
  settings: 'M3 6h8M15 6h2M3 14h2M9 14h8M11 6a2 2 0 1 0 4 0a2 2 0 1 0-4 0M5 14a2 2 0 1 0 4 0a2 2 0 1 0-4 0',
  play: 'M6 4.2v11.6L15.5 10z',
  pause: 'M7 4.5v11M13 4.5v11',
  stop: 'M5.5 5.5h9v9h-9z',
  retry: 'M15.8 8.2A6 6 0 1 0 16 11.5M16 4.5v4h-4',
  export: 'M10 12.5V3.5M6.5 7L10 3.5 13.5 7M4 12.5v3a1 1 0 0 0 1 1h10a1 1 0 0 0 1-1v-3',
  file: 'M5 2.8h6.5L15.5 7v9.2a1 1 0 0 1-1 1H5.5a1 1 0 0 1-1-1V3.8a1 1 0 0 1 .5-1zM11.3 3v4.2h4',
  paste:
    'M7.5 4.5h-2a1 1 0 0 0-1 1v10a1 1 0 0 0 1 1h9a1 1 0 0 0 1-1v-10a1 1 0 0 0-1-1h-2M7.5 3h5v3h-5zM7.5 10h5M7.5 13h3',
  search: 'M9 3.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M13 13l4 4',
  back: 'M11.5 4.5L6 10l5.5 5.5',
  close: 'M5 5l10 10M15 5L5 15',
  check: 'M4 10.5l4 4 8-9',
  info: 'M10 2.8a7.2 7.2 0 1 0 0 14.4a7.2 7.2 0 1 0 0-14.4M10 9.2v4.4M10 6.4v.1',
  warning: 'M10 3.2l7.3 13H2.7zM10 8v4M10 14.2v.1',
  table: 'M3 4.5h14v11H3zM3 8.5h14M8 8.5v7',
  chart: 'M3.5 16.5h13M6 13.5v-4M10 13.5v-8M14 13.5v-6',
  plus: 'M10 4v12M4 10h12',
  key: 'M12.5 3.5a4 4 0 1 0 0 8a4 4 0 1 0 0-8M9.5 10.5l-6 6M5.5 14.5l2 2',
  window: 'M3 4.5h14v11H3zM3 7.5h14',
  copy: 'M7.5 7.5h8v8h-8zM12.5 7.5v-3h-8v8h3',
  undo: 'M6.5 4.5L3 8l3.5 3.5M3.5 8H12a4.5 4.5 0 0 1 0 9H8',
  speak: 'M3.5 8v4h2.8L10 15.5v-11L6.3 8zM12.8 7.2a4 4 0 0 1 0 5.6M15 5a7 7 0 0 1 0 10',
  pin: 'M7 3.5h6M8 3.5v4.5l-2.5 3h9L12 8V3.5M10 11v6',
  import: 'M10 3.5v9M6.5 9L10 12.5 13.5 9M4 12.5v3a1 1 0 0 0 1 1h10a1 1 0 0 0 1-1v-3',
  link: 'M8.5 11.5l3-3M7 9L5 11a2.8 2.8 0 0 0 4 4l2-2M13 11l2-2a2.8 2.8 0 0 0-4-4L9 7',
  more: 'M4.5 10v.1M10 10v.1M15.5 10v.1',
  help: 'M10 2.8a7.2 7.2 0 1 0 0 14.4a7.2 7.2 0 1 0 0-14.4M8 8a2 2 0 1 1 2.8 1.9c-.6.3-.8.7-.8 1.4M10 13.7v.1',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The mark: a deck of cards whose edges are the bars of a trace. */
export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 28 28" aria-hidden="true" focusable="false">
      <rect x="3" y="4" width="18" height="5" rx="1.6" fill="var(--accent)" />
      <rect x="7" y="11.5" width="18" height="5" rx="1.6" fill="var(--accent)" opacity="0.62" />
      <rect x="11" y="19" width="10" height="5" rx="1.6" fill="var(--chart-2)" />
    </svg>
  );
}
