import { MODEL_OPERATIONS } from '../../../shared/analysis/usage.ts';
import { ATTR, SPAN_KINDS } from '../../../shared/span.ts';
import type { SpanBlock, SpanReader } from '../blockTypes.ts';
import { AttributeAccess, keyNumbers } from './attributeAccess.ts';
import type { Links } from './links.ts';

/** What a span calls, by its attributes: first the conventions as they are, then as they were. */
export type Peer = { readonly kind: 'database' | 'model' | 'queue' | 'server'; readonly name: string };

export const SPECIAL = { none: 0, database: 1, model: 2, queue: 3 } as const;

const CLIENT = SPAN_KINDS.indexOf('client');
const KEYS = {
  dbSystem: [ATTR.dbSystem, 'db.system'],
  dbNamespace: [ATTR.dbNamespace, 'db.name'],
  provider: [ATTR.genAiProvider, 'gen_ai.system', 'llm.provider'],
  operation: [ATTR.genAiOperation],
  messaging: ['messaging.system'],
  destination: ['messaging.destination.name', 'messaging.destination'],
  address: [ATTR.serverAddress, 'net.peer.name', 'http.host'],
  port: [ATTR.serverPort, 'net.peer.port'],
  service: ['service.peer.name', 'peer.service'],
  url: [ATTR.urlFull, 'http.url'],
} as const satisfies Record<string, readonly string[]>;
type Fact = keyof typeof KEYS;

export class PeerReader {
  readonly #keys: Record<Fact, readonly number[]>;
  readonly #links: Links;
  /** By block: other blocks ask for it. */
  readonly #special = new Map<number, Uint8Array>();

  constructor({ strings }: SpanReader, links: Links) {
    const entries = Object.entries(KEYS).map(([fact, keys]) => [fact, keyNumbers(strings, keys)] as const);
    this.#keys = Object.fromEntries(entries) as unknown as Record<Fact, readonly number[]>;
    this.#links = links;
  }

  open(block: SpanBlock): BlockPeers {
    const entries = Object.entries(this.#keys).map(
      ([fact, keys]) => [fact, new AttributeAccess(block, keys)] as const,
    );
    const special = this.special(block);
    return new BlockPeers(
      special,
      this.#wrapsSame(block, special),
      Object.fromEntries(entries) as Record<Fact, AttributeAccess>,
    );
  }

  /** Of each row `SPECIAL`: whether it speaks to a database, a model or a queue. */
  special(block: SpanBlock): Uint8Array {
    let special = this.#special.get(block.id);
    if (special === undefined) this.#special.set(block.id, (special = this.#readSpecial(block)));
    return special;
  }

  #readSpecial(block: SpanBlock): Uint8Array {
    const special = new Uint8Array(block.count);
    const access = (fact: Fact) => new AttributeAccess(block, this.#keys[fact]);
    for (const list of access('messaging').rows) for (const row of list) special[row] = SPECIAL.queue;
    const operations = access('operation');
    for (const list of access('provider').rows) {
      for (const row of list) {
        // An agent names its provider as well and calls none itself.
        const operation = operations.text(row);
        const isCall =
          operation === null ? (block.flags[row]! & 7) === CLIENT : MODEL_OPERATIONS.has(operation);
        if (isCall) special[row] = SPECIAL.model;
      }
    }
    for (const list of access('dbSystem').rows) for (const row of list) special[row] = SPECIAL.database;
    return special;
  }

  #wrapsSame(block: SpanBlock, special: Uint8Array): Uint8Array {
    const wraps = new Uint8Array(block.count);
    const { parent } = block;
    for (let row = 0; row < block.count; row += 1) {
      const above = parent[row]!;
      if (above >= 0 && special[row] !== SPECIAL.none && special[above] === special[row]) wraps[above] = 1;
    }
    for (const { child, parent: above } of this.#links.childrenIn(block)) {
      const kind = special[above.row]!;
      if (kind !== SPECIAL.none && this.special(child.block)[child.row] === kind) wraps[above.row] = 1;
    }
    return wraps;
  }
}

export class BlockPeers {
  readonly special: Uint8Array;
  /** 1 where a child of the row speaks to the same kind: the child is the call. */
  readonly wrapsSame: Uint8Array;
  readonly #facts: Record<Fact, AttributeAccess>;

  constructor(special: Uint8Array, wrapsSame: Uint8Array, facts: Record<Fact, AttributeAccess>) {
    this.special = special;
    this.wrapsSame = wrapsSame;
    this.#facts = facts;
  }

  /** `null` where nothing says what it calls. */
  peer(row: number): Peer | null {
    const facts = this.#facts;
    const text = (fact: Fact) => facts[fact].text(row);
    switch (this.special[row]) {
      case SPECIAL.database:
        return { kind: 'database', name: joined(text('dbSystem'), text('dbNamespace') ?? this.#server(row)) };
      case SPECIAL.model:
        return { kind: 'model', name: joined(text('provider'), this.#server(row)) };
      case SPECIAL.queue:
        return { kind: 'queue', name: joined(text('messaging'), text('destination') ?? this.#server(row)) };
      default: {
        const name = text('service') ?? this.#server(row) ?? hostOf(text('url'));
        return name === null ? null : { kind: 'server', name };
      }
    }
  }

  #server(row: number): string | null {
    const address = this.#facts.address.text(row);
    if (address === null) return null;
    const port = this.#facts.port.amount(row);
    return port === null ? address : `${address}:${port}`;
  }
}

function joined(first: string | null, second: string | null): string {
  return [first ?? 'unknown', second].filter((part) => part !== null).join(' ');
}

function hostOf(url: string | null): string | null {
  return url === null ? null : (/^[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?([^/?#]+)/iu.exec(url)?.[1] ?? null);
}
