/** Packages of other people, in Anki's three forms, built here byte by byte. */
import { createHash } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { zipSync } from 'fflate';

export type ForeignNotetype = {
  readonly id: number;
  readonly name: string;
  readonly cloze?: boolean;
  readonly mod?: number;
  readonly fields: readonly string[];
  readonly rtl?: readonly string[];
  readonly templates: readonly { readonly name: string; readonly front: string; readonly back: string }[];
  readonly css?: string;
};
export type ForeignCard = {
  readonly id: number;
  readonly ord: number;
  readonly did?: number;
  readonly type?: number;
  readonly queue?: number;
  readonly due?: number;
  readonly ivl?: number;
  readonly factor?: number;
  readonly reps?: number;
  readonly lapses?: number;
  readonly left?: number;
  readonly odue?: number;
  readonly odid?: number;
  readonly flags?: number;
  readonly data?: string;
};
export type ForeignNote = {
  readonly id: number;
  readonly guid: string;
  readonly mid: number;
  readonly mod?: number;
  readonly tags?: string;
  readonly fields: readonly string[];
  readonly cards: readonly ForeignCard[];
};
export type ForeignOptions = {
  readonly description?: string;
  readonly newLimit?: number;
  readonly name: string;
  readonly perDay: number;
  readonly steps: readonly number[];
  readonly leechAction: 0 | 1;
  readonly retention: number;
  readonly weights: readonly number[];
  readonly easyBonus: number;
};
export type ForeignPackage = {
  readonly crt?: number;
  readonly minutesWest?: number;
  readonly notetypes: readonly ForeignNotetype[];
  readonly decks: Readonly<Record<number, string>>;
  /** Of decks that have options of their own, or a description. */
  readonly deckOptions?: Readonly<Record<number, ForeignOptions>>;
  readonly notes: readonly ForeignNote[];
  readonly revlog?: readonly (readonly [
    id: number,
    cid: number,
    ease: number,
    ivl: number,
    lastIvl: number,
    type: number,
  ])[];
  readonly media?: Readonly<Record<string, string | Uint8Array>>;
};
export const FORMS = ['anki2', 'anki21', 'anki21b'] as const;
export type Form = (typeof FORMS)[number];

const COL = `CREATE TABLE col (id integer PRIMARY KEY, crt integer NOT NULL, mod integer NOT NULL, scm integer NOT NULL,
  ver integer NOT NULL, dty integer NOT NULL, usn integer NOT NULL, ls integer NOT NULL, conf text NOT NULL,
  models text NOT NULL, decks text NOT NULL, dconf text NOT NULL, tags text NOT NULL);`;
const ROWS = `CREATE TABLE notes (id integer PRIMARY KEY, guid text NOT NULL, mid integer NOT NULL, mod integer NOT NULL,
  usn integer NOT NULL, tags text NOT NULL, flds text NOT NULL, sfld integer NOT NULL, csum integer NOT NULL,
  flags integer NOT NULL, data text NOT NULL);
CREATE TABLE cards (id integer PRIMARY KEY, nid integer NOT NULL, did integer NOT NULL, ord integer NOT NULL,
  mod integer NOT NULL, usn integer NOT NULL, type integer NOT NULL, queue integer NOT NULL, due integer NOT NULL,
  ivl integer NOT NULL, factor integer NOT NULL, reps integer NOT NULL, lapses integer NOT NULL, left integer NOT NULL,
  odue integer NOT NULL, odid integer NOT NULL, flags integer NOT NULL, data text NOT NULL);
CREATE TABLE revlog (id integer PRIMARY KEY, cid integer NOT NULL, usn integer NOT NULL, ease integer NOT NULL,
  ivl integer NOT NULL, lastIvl integer NOT NULL, factor integer NOT NULL, time integer NOT NULL, type integer NOT NULL);
CREATE INDEX ix_cards_nid ON cards (nid);
CREATE INDEX ix_revlog_cid ON revlog (cid);`;
/** As in schema 18, whose names are ordered by a collation that SQLite does not have. */
const TABLES_18 = `CREATE TABLE deck_config (id integer PRIMARY KEY NOT NULL, name text NOT NULL COLLATE unicase,
  mtime_secs integer NOT NULL, usn integer NOT NULL, config blob NOT NULL);
CREATE TABLE config (KEY text NOT NULL PRIMARY KEY, usn integer NOT NULL, mtime_secs integer NOT NULL, val blob NOT NULL)
  without rowid;
CREATE TABLE fields (ntid integer NOT NULL, ord integer NOT NULL, name text NOT NULL COLLATE unicase,
  config blob NOT NULL, PRIMARY KEY (ntid, ord)) without rowid;
CREATE TABLE templates (ntid integer NOT NULL, ord integer NOT NULL, name text NOT NULL COLLATE unicase,
  mtime_secs integer NOT NULL, usn integer NOT NULL, config blob NOT NULL, PRIMARY KEY (ntid, ord)) without rowid;
CREATE TABLE notetypes (id integer NOT NULL PRIMARY KEY, name text NOT NULL COLLATE unicase,
  mtime_secs integer NOT NULL, usn integer NOT NULL, config blob NOT NULL);
CREATE TABLE decks (id integer PRIMARY KEY NOT NULL, name text NOT NULL COLLATE unicase, mtime_secs integer NOT NULL,
  usn integer NOT NULL, common blob NOT NULL, kind blob NOT NULL);`;
const INDEXES_18 = `CREATE UNIQUE INDEX idx_fields_name_ntid ON fields (name, ntid);
CREATE UNIQUE INDEX idx_notetypes_name ON notetypes (name);
CREATE UNIQUE INDEX idx_decks_name ON decks (name);`;

export function foreignBytes(content: ForeignPackage, form: Form): Uint8Array {
  const media = Object.entries(content.media ?? {}).map(([name, bytes]) => ({
    name,
    bytes: typeof bytes === 'string' ? Buffer.from(bytes) : bytes,
  }));
  const dummy = collectionBytes(DUMMY, false);
  if (form === 'anki21b') {
    const entries = media.map(({ name, bytes }) =>
      message(1, [
        ...message(1, Buffer.from(name)),
        ...varintField(2, bytes.length),
        ...message(3, createHash('sha1').update(bytes).digest()),
      ]),
    );
    return zip({
      meta: Uint8Array.from([8, 3]),
      'collection.anki21b': zstdCompressSync(collectionBytes(content, true)),
      'collection.anki2': dummy,
      media: zstdCompressSync(Buffer.from(entries.flat())),
      ...Object.fromEntries(media.map(({ bytes }, index) => [index, zstdCompressSync(bytes)])),
    });
  }
  const list = Object.fromEntries(media.map(({ name }, index) => [index, name]));
  return zip({
    ...(form === 'anki21' ? { meta: Uint8Array.from([8, 2]), 'collection.anki2': dummy } : {}),
    [`collection.${form}`]: collectionBytes(content, false),
    media: Buffer.from(JSON.stringify(list)),
    ...Object.fromEntries(media.map(({ bytes }, index) => [index, bytes])),
  });
}

export function zip(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  return zipSync(files, { level: 6 });
}

export function collectionBytes(
  content: ForeignPackage,
  isNew: boolean,
  spoil?: (db: Database.Database) => void,
): Buffer {
  const db = new Database(':memory:');
  db.exec(COL + ROWS);
  const conf = JSON.stringify({ creationOffset: content.minutesWest ?? new Date().getTimezoneOffset() });
  const crt = content.crt ?? 1_600_000_000;
  const models = Object.fromEntries(content.notetypes.map((notetype) => [notetype.id, model(notetype)]));
  const decks = Object.fromEntries(
    Object.entries(content.decks).map(([id, name]) => [
      id,
      { id: Number(id), name, dyn: 0, ...deckWith(Number(id), content) },
    ]),
  );
  const options = Object.fromEntries(
    Object.entries(content.deckOptions ?? {}).map(([id, one]) => [100 + Number(id), optionsJson(one)]),
  );
  db.prepare('INSERT INTO col VALUES (1, ?, 0, 0, ?, 0, 0, 0, ?, ?, ?, ?, ?)').run(
    crt,
    ...(isNew
      ? [18, '', '', '', '', '']
      : [11, conf, json(models), JSON.stringify(decks), JSON.stringify(options), '{}']),
  );
  if (isNew) writeTables18(db, content, conf);
  for (const note of content.notes) {
    db.prepare("INSERT INTO notes VALUES (?, ?, ?, ?, -1, ?, ?, '', 0, 0, '')").run(
      note.id,
      note.guid,
      note.mid,
      note.mod ?? 1_700_000_000,
      note.tags ?? '',
      note.fields.join('\u001f'),
    );
    for (const card of note.cards) {
      const {
        id,
        ord,
        did = 1,
        type = 0,
        queue = type,
        due = 0,
        ivl = 0,
        factor = 0,
        reps = 0,
        lapses = 0,
      } = card;
      const { left = 0, odue = 0, odid = 0, flags = 0, data = '' } = card;
      db.prepare('INSERT INTO cards VALUES (?, ?, ?, ?, ?, -1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)').run(
        id,
        note.id,
        did,
        ord,
        note.mod ?? 1_700_000_000,
        type,
        queue,
        due,
        ivl,
        factor,
        reps,
        lapses,
        left,
        odue,
        odid,
        flags,
        data,
      );
    }
  }
  for (const [id, cid, ease, ivl, lastIvl, type] of content.revlog ?? []) {
    db.prepare('INSERT INTO revlog VALUES (?, ?, -1, ?, ?, ?, 2500, 3000, ?)').run(
      id,
      cid,
      ease,
      ivl,
      lastIvl,
      type,
    );
  }
  spoil?.(db);
  const bytes = db.serialize();
  db.close();
  return bytes;
}

function writeTables18(db: Database.Database, content: ForeignPackage, conf: string): void {
  // Written without the collation, which is put into the schema last, as this SQLite has none of that name.
  db.exec((TABLES_18 + INDEXES_18).replaceAll('COLLATE unicase', ''));
  const { creationOffset } = JSON.parse(conf) as { creationOffset: number };
  db.prepare("INSERT INTO config VALUES ('creationOffset', 0, 0, ?)").run(
    Buffer.from(String(creationOffset)),
  );
  for (const notetype of content.notetypes) {
    const config = [
      ...varintField(1, notetype.cloze === true ? 1 : 0),
      ...varintField(2, 0),
      ...message(3, Buffer.from(notetype.css ?? '.card {}')),
      ...message(5, Buffer.from('\\documentclass{article}')),
      ...message(6, Buffer.from('\\end{document}')),
      ...message(8, [...varintField(1, 0), ...varintField(2, 1), ...message(3, Buffer.from([0]))]),
      ...varintField(9, 1),
      ...message(255, Buffer.from('{"addon":"kept"}')),
    ];
    db.prepare('INSERT INTO notetypes VALUES (?, ?, ?, 0, ?)').run(
      notetype.id,
      notetype.name,
      notetype.mod ?? 1,
      Buffer.from(config),
    );
    for (const [ord, name] of notetype.fields.entries()) {
      const field = [
        ...varintField(2, notetype.rtl?.includes(name) === true ? 1 : 0),
        ...message(3, Buffer.from('Liberation Sans')),
        ...varintField(4, 24),
        ...varintField(9, 5_903_281_719_232_917_580n + BigInt(ord)),
      ];
      db.prepare('INSERT INTO fields VALUES (?, ?, ?, ?)').run(notetype.id, ord, name, Buffer.from(field));
    }
    for (const [ord, template] of notetype.templates.entries()) {
      const text = [
        ...message(1, Buffer.from(template.front)),
        ...message(2, Buffer.from(template.back)),
        ...varintField(8, 18_446_744_073_709_551_000n),
      ];
      db.prepare('INSERT INTO templates VALUES (?, ?, ?, 0, 0, ?)').run(
        notetype.id,
        ord,
        template.name,
        Buffer.from(text),
      );
    }
  }
  for (const [id, name] of Object.entries(content.decks)) {
    const { conf, desc, newLimit } = { conf: 1, desc: '', newLimit: null, ...deckWith(Number(id), content) };
    const normal = [
      ...varintField(1, conf),
      ...message(4, Buffer.from(desc)),
      ...(newLimit === null ? [] : varintField(7, newLimit)),
    ];
    db.prepare("INSERT INTO decks VALUES (?, ?, 0, 0, x'', ?)").run(
      Number(id),
      name.replaceAll('::', '\u001f'),
      Buffer.from(message(1, normal)),
    );
  }
  for (const [id, one] of Object.entries(content.deckOptions ?? {})) {
    const config = [
      ...message(1, floats(one.steps)),
      ...message(2, floats([10])),
      ...message(6, floats(one.weights)),
      ...varintField(9, one.perDay),
      ...varintField(10, 200),
      ...fixed(11, 2.5),
      ...fixed(12, one.easyBonus),
      ...fixed(13, 1.2),
      ...fixed(15, 1),
      ...varintField(16, 36500),
      ...varintField(17, 1),
      ...varintField(18, 1),
      ...varintField(19, 4),
      ...varintField(21, one.leechAction),
      ...varintField(22, 8),
      ...varintField(24, 60),
      ...fixed(37, one.retention),
      ...fixed(40, 0.9),
      ...varintField(44, 1),
    ];
    db.prepare('INSERT INTO deck_config VALUES (?, ?, 0, 0, ?)').run(
      100 + Number(id),
      one.name,
      Buffer.from(config),
    );
  }
  db.unsafeMode(true);
  db.pragma('writable_schema = ON');
  const tables = [...TABLES_18.matchAll(/CREATE TABLE (\w+)[^;]+;/g)];
  for (const [sql, name] of tables) {
    db.prepare("UPDATE sqlite_master SET sql = ? WHERE type = 'table' AND name = ?").run(
      sql.slice(0, -1),
      name,
    );
  }
  db.pragma('writable_schema = OFF');
  db.unsafeMode(false);
}

function deckWith(id: number, { deckOptions }: ForeignPackage) {
  const own = deckOptions?.[id];
  if (own === undefined) return {};
  const { description = '', newLimit = null } = own;
  return { conf: 100 + id, desc: description, newLimit };
}

/** As programs of the time of schema 11 wrote them: without what came later. */
function optionsJson({ name, perDay, steps, leechAction, retention, weights, easyBonus }: ForeignOptions) {
  return {
    name,
    maxTaken: 60,
    autoplay: true,
    timer: 0,
    replayq: true,
    new: { bury: false, delays: steps, initialFactor: 2500, ints: [1, 4, 7], order: 1, perDay },
    rev: {
      bury: false,
      ease4: easyBonus,
      ivlFct: 1,
      maxIvl: 36500,
      perDay: 200,
      hardFactor: 1.2,
      fuzz: 0.05,
    },
    lapse: { delays: [10], leechAction, leechFails: 8, minInt: 1, mult: 0 },
    dyn: false,
    desiredRetention: retention,
    fsrsParams6: weights,
  };
}

function floats(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [at, value] of values.entries()) bytes.writeFloatLE(value, 4 * at);
  return bytes;
}
function fixed(number: number, value: number): number[] {
  return [...varint((BigInt(number) << 3n) | 5n), ...floats([value])];
}

function model(notetype: ForeignNotetype): object {
  return {
    id: notetype.id,
    name: notetype.name,
    type: notetype.cloze === true ? 1 : 0,
    mod: notetype.mod ?? 1,
    usn: 0,
    sortf: 0,
    did: null,
    latexPre: '\\documentclass{article}',
    latexPost: '\\end{document}',
    latexsvg: false,
    req: [[0, 'any', [0]]],
    addon: 'kept',
    css: notetype.css ?? '.card {}',
    flds: notetype.fields.map((name, ord) => ({
      name,
      ord,
      sticky: false,
      rtl: notetype.rtl?.includes(name) === true,
      font: 'Liberation Sans',
      size: 24,
      id: `BIG${5_903_281_719_232_917_580n + BigInt(ord)}`,
    })),
    tmpls: notetype.templates.map((template, ord) => ({
      name: template.name,
      ord,
      qfmt: template.front,
      afmt: template.back,
      bqfmt: '',
      bafmt: '',
      did: null,
      bfont: '',
      bsize: 0,
      id: 'BIG-616',
    })),
  };
}

/** Integers of 64 bits as JSON has them. */
function json(value: unknown): string {
  return JSON.stringify(value).replace(/"BIG(-?\d+)"/g, '$1');
}

const DUMMY: ForeignPackage = {
  notetypes: [
    {
      id: 1,
      name: 'Basic',
      fields: ['Front', 'Back'],
      templates: [{ name: 'Card 1', front: '{{Front}}', back: '{{Back}}' }],
    },
  ],
  decks: { 1: 'Default' },
  notes: [
    {
      id: 1,
      guid: 'dummy',
      mid: 1,
      fields: ['Please update to the latest Anki version, then import the .colpkg/.apkg file again.', ''],
      cards: [{ id: 1, ord: 0 }],
    },
  ],
};

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return [...bytes, Number(rest)];
}
function varintField(number: number, value: number | bigint): number[] {
  return [...varint(BigInt(number) << 3n), ...varint(BigInt(value))];
}
function message(number: number, bytes: Uint8Array | readonly number[]): number[] {
  return [...varint((BigInt(number) << 3n) | 2n), ...varint(BigInt(bytes.length)), ...bytes];
}

/** With two templates, right-to-left fields, media in fields, styles and sounds, cloze, and every kind of schedule. */
export function sampleContent(): ForeignPackage {
  return {
    crt: 1_700_000_000,
    notetypes: [
      {
        id: 1_650_000_000_001,
        name: 'Vocabulary',
        fields: ['Expression', 'Meaning', 'Reading'],
        rtl: ['Meaning'],
        css: '.card { background: url("_bg.png"); }',
        templates: [
          {
            name: 'Recognise',
            front: '{{furigana:Reading}}',
            back: '{{FrontSide}}<hr id=answer>{{Meaning}}',
          },
          {
            name: 'Recall',
            front: '{{#Meaning}}{{Meaning}} {{type:Expression}}{{/Meaning}}',
            back: '{{Expression}}',
          },
        ],
      },
      {
        id: 1_650_000_000_002,
        name: 'Gaps',
        cloze: true,
        fields: ['Text', 'Extra'],
        templates: [{ name: 'Cloze', front: '{{cloze:Text}}', back: '{{cloze:Text}}<br>{{Extra}}' }],
      },
    ],
    decks: { 1: 'Default', 10: 'Japanese', 11: 'Japanese::Core' },
    notes: [
      {
        id: 1_660_000_000_000,
        guid: 'aB3$xyz',
        mid: 1_650_000_000_001,
        mod: 1_700_000_100,
        tags: ' core n5 ',
        fields: ['今日', '<b>today</b><img src="sun.png">', '今日[きょう] [sound:kyou.mp3]'],
        cards: [
          {
            id: 1_660_000_000_001,
            ord: 0,
            did: 11,
            type: 2,
            due: 400,
            ivl: 30,
            factor: 2350,
            reps: 7,
            lapses: 2,
            flags: 4,
            data: '{"pos":3,"s":31.25,"d":6.5,"dr":0.9,"decay":0.1542,"lrt":1700000050}',
          },
          {
            id: 1_660_000_000_002,
            ord: 1,
            did: 11,
            type: 2,
            queue: -1,
            due: 380,
            ivl: 12,
            factor: 2500,
            reps: 3,
          },
        ],
      },
      {
        id: 1_660_000_000_010,
        guid: 'q{Lw2',
        mid: 1_650_000_000_002,
        mod: 1_700_000_200,
        tags: '',
        fields: ['{{c1::Tokyo}} is in {{c2::Japan::country}}', 'map &amp; more'],
        cards: [
          {
            id: 1_660_000_000_011,
            ord: 0,
            did: 10,
            type: 1,
            queue: 1,
            due: 1_700_001_000,
            left: 2002,
            reps: 1,
          },
          { id: 1_660_000_000_012, ord: 1, did: 99, odid: 10, odue: 55, type: 0, due: -100_000 },
        ],
      },
    ],
    revlog: [
      [1_690_000_000_000, 1_660_000_000_001, 3, -600, -60, 0],
      [1_695_000_000_000, 1_660_000_000_001, 1, -600, 20, 1],
      [1_700_000_050_123, 1_660_000_000_001, 4, 30, -600, 2],
      [1_700_000_060_000, 1_660_000_000_002, 0, 12, 0, 4],
    ],
    media: {
      'sun.png': 'a picture',
      'kyou.mp3': new Uint8Array(5000).fill(7),
      '_bg.png': 'ground',
      'unused.jpg': 'x',
    },
  };
}
