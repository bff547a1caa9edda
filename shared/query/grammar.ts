/**
 * The grammar of the query language: one for the parser, for what may come next (`expected.ts`) and for the colours.
 *
 *   query       = [ either ] { "|" figures }
 *   either      = both { or both }                  of sets: in the same trace
 *   both        = negation { [ and ] negation }     side by side is `and`
 *   negation    = { not } structure
 *   structure   = primary { relation primary }      > >> < << ~
 *   primary     = "(" either ")" | "{" [ either ] "}" | condition
 *   condition   = has "(" field ")" | text | field [ operator value | [ not ] in list ]
 */
import { EmbeddedActionsParser, tokenMatcher } from 'chevrotain';
import type { IParserErrorMessageProvider, IToken } from 'chevrotain';
import type {
  Condition,
  Field,
  FigureCondition,
  Query,
  QueryError,
  Relation,
  SetExpression,
  Signal,
} from './ast.ts';
import { andOf, eitherOf, noneOf, orOf, togetherOf } from './build.ts';
import { checkComparison, checkField, checkFigure, checkMembers } from './check.ts';
import type { Fault } from './check.ts';
import { fieldType, readField } from './fields.ts';
import { readText } from './literals.ts';
import * as t from './tokens.ts';

/** What a token turned out to be. */
export type Role = 'field' | 'operator' | 'value' | 'text' | 'keyword' | 'figure' | 'sign';

/** A part of the query and where it stands. A bare condition is one that no braces surround. */
type Part =
  | { readonly kind: 'condition'; readonly condition: Condition; readonly from: number; readonly to: number }
  | { readonly kind: 'sets'; readonly set: SetExpression; readonly from: number; readonly to: number };

const RELATION_OF: Readonly<Record<string, Relation>> = {
  '>': 'child',
  '>>': 'descendant',
  '<': 'parent',
  '<<': 'ancestor',
  '~': 'sibling',
};

const shown = (token: IToken): string =>
  `“${token.image.length > 30 ? `${token.image.slice(0, 30)}…` : token.image}”`;
const isEnd = (token: IToken): boolean => token.tokenType.name === 'EOF';

const messages: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected, actual, previous, ruleName }) => {
    if (expected === t.Close) return `expected ) ${isEnd(actual) ? 'at the end' : `before ${shown(actual)}`}`;
    if (expected === t.CloseSet)
      return `expected } ${isEnd(actual) ? 'at the end' : `before ${shown(actual)}`}`;
    if (expected === t.Operator && ruleName === 'figure') {
      return 'expected a comparison after the figure, such as > 3';
    }
    if (expected === t.Open && ruleName === 'figure')
      return `expected ( after ${previous.image}, as in count()`;
    if (expected === t.Open) return `expected a list after ${previous.image}, such as ("a", "b")`;
    return `expected ${expected.LABEL ?? expected.name} after ${shown(previous)}`;
  },
  buildNotAllInputParsedMessage: ({ firstRedundant }) => {
    if (firstRedundant.tokenType === t.Close) return 'there is no ( for this )';
    if (firstRedundant.tokenType === t.CloseSet) return 'there is no { for this }';
    if (tokenMatcher(firstRedundant, t.Operator)) return `expected a field before ${firstRedundant.image}`;
    if (tokenMatcher(firstRedundant, t.And) || tokenMatcher(firstRedundant, t.Or)) {
      return `expected a condition before ${firstRedundant.image}`;
    }
    return `${shown(firstRedundant)} cannot stand here`;
  },
  buildNoViableAltMessage: ({ previous, actual, ruleName }) => {
    const before = isEnd(previous) || !(previous.startOffset >= 0) ? '' : ` after ${previous.image}`;
    const next = actual[0];
    if (ruleName === 'value') return `expected a value${before}`;
    if (ruleName === 'fieldName') return `expected a field${before}`;
    if (ruleName === 'figurePrimary') return `expected a figure${before}, such as count() > 3`;
    if (next !== undefined && !isEnd(next) && tokenMatcher(next, t.Operator)) {
      return `expected a field before ${next.image}`;
    }
    return `expected a condition${before}`;
  },
  buildEarlyExitMessage: ({ previous }) => `expected more after ${shown(previous)}`,
};

export class QueryParser extends EmbeddedActionsParser {
  signal: Signal = 'spans';
  faults: QueryError[] = [];
  /** By the place where a token begins. */
  roles: Map<number, Role> = new Map();

  /** `validate`: checks the grammar itself, which the tests do (it needs a newer runtime than the program does). */
  constructor(validate = false) {
    super([...t.TOKENS], {
      maxLookahead: 2,
      skipValidations: !validate,
      errorMessageProvider: messages,
    });
    this.performSelfAnalysis();
  }

  override reset(): void {
    super.reset();
    this.faults = [];
    this.roles = new Map();
  }

  readonly query = this.RULE('query', (): Query => {
    let set: SetExpression | null = null;
    const pipes: FigureCondition[] = [];
    this.OPTION(() => {
      const part = this.SUBRULE(this.either);
      this.ACTION(() => {
        set = part.kind === 'sets' ? part.set : { type: 'spans', where: part.condition };
      });
    });
    this.MANY(() => {
      const pipe = this.CONSUME(t.Pipe);
      const figures = this.SUBRULE(this.figures);
      this.ACTION(() => {
        this.#mark(pipe, 'keyword');
        pipes.push(figures);
        if (this.signal === 'logs') this.#fault('log lines have no figures of a trace', pipe);
      });
    });
    return { set, pipes };
  });

  readonly either = this.RULE('either', (): Part => {
    const parts = [this.SUBRULE(this.both)];
    this.MANY(() => {
      this.#mark(this.CONSUME(t.Or), 'keyword');
      parts.push(this.SUBRULE2(this.both));
    });
    return this.ACTION(() => this.#join(parts, orOf, eitherOf));
  });

  readonly both = this.RULE('both', (): Part => {
    const parts = [this.SUBRULE(this.negation)];
    this.MANY(() => {
      this.OPTION(() => this.#mark(this.CONSUME(t.And), 'keyword'));
      parts.push(this.SUBRULE2(this.negation));
    });
    return this.ACTION(() => this.#join(parts, andOf, togetherOf));
  });

  readonly negation = this.RULE('negation', (): Part => {
    let first: IToken | null = null;
    let times = 0;
    this.MANY(() => {
      const not = this.CONSUME(t.Not);
      this.#mark(not, 'keyword');
      first ??= not;
      times++;
    });
    const part = this.SUBRULE(this.structure);
    return this.ACTION(() => {
      const from = (first as IToken | null)?.startOffset ?? part.from;
      if (part.kind === 'condition') {
        let { condition } = part;
        for (let i = 0; i < times; i++) condition = { type: 'not', item: condition };
        return { kind: 'condition', condition, from, to: part.to };
      }
      let { set } = part;
      for (let i = 0; i < times; i++) set = { type: 'without', set };
      return { kind: 'sets', set, from, to: part.to };
    });
  });

  readonly structure = this.RULE('structure', (): Part => {
    let left = this.SUBRULE(this.primary);
    this.MANY(() => {
      const sign = this.CONSUME(t.Relate);
      const right = this.SUBRULE2(this.primary);
      this.ACTION(() => {
        this.#mark(sign, 'keyword');
        left = this.#relate(left, sign, right);
      });
    });
    return left;
  });

  readonly primary = this.RULE('primary', (): Part =>
    this.OR([
      {
        ALT: (): Part => {
          const open = this.CONSUME(t.Open);
          const part = this.SUBRULE(this.either);
          const close = this.CONSUME(t.Close);
          return this.ACTION(() => ({ ...part, from: open.startOffset, to: t.endOf(close) }));
        },
      },
      {
        ALT: (): Part => {
          const open = this.CONSUME(t.OpenSet);
          let where: Condition | null = null;
          this.OPTION(() => {
            const part = this.SUBRULE2(this.either);
            this.ACTION(() => {
              if (part.kind === 'condition') where = part.condition;
              else this.#fault('a set cannot stand in a set: one pair of braces is enough', part);
            });
          });
          const close = this.CONSUME(t.CloseSet);
          return this.ACTION(() => ({
            kind: 'sets',
            set: { type: 'spans', where },
            from: open.startOffset,
            to: t.endOf(close),
          }));
        },
      },
      { ALT: () => this.SUBRULE(this.condition) },
    ]),
  );

  readonly condition = this.RULE('condition', (): Part =>
    this.OR([
      {
        ALT: (): Part => {
          const has = this.CONSUME(t.Has);
          this.CONSUME(t.Open);
          const named = this.SUBRULE(this.fieldName);
          const close = this.CONSUME(t.Close);
          return this.ACTION(() => {
            this.#mark(has, 'keyword');
            return this.#part({ type: 'has', field: this.#field(named) }, has, close);
          });
        },
      },
      {
        ALT: (): Part => {
          const text = this.CONSUME(t.Text);
          return this.ACTION(() => {
            this.#mark(text, 'text');
            return this.#part({ type: 'text', text: readText(text.image) }, text, text);
          });
        },
      },
      {
        ALT: (): Part => {
          const named = this.SUBRULE2(this.fieldName);
          let part: Part | null = null;
          this.OPTION({
            GATE: () => !tokenMatcher(this.LA(1), t.Not) || tokenMatcher(this.LA(2), t.In),
            DEF: () => {
              part = this.SUBRULE(this.asked, { ARGS: [named] });
            },
          });
          return this.ACTION(() => part ?? this.#alone(named));
        },
      },
    ]),
  );

  /** What is asked of a field. */
  readonly asked = this.RULE('asked', (named: IToken): Part =>
    this.OR([
      {
        ALT: (): Part => {
          const op = this.CONSUME(t.Operator);
          const value = this.SUBRULE(this.value);
          return this.ACTION(() => {
            this.#mark(op, 'operator');
            const field = this.#field(named);
            const asked = checkComparison(this.signal, field, named, op, value, this.#tell);
            return this.#part(asked, named, value);
          });
        },
      },
      {
        ALT: (): Part => {
          let not: IToken | null = null;
          this.OPTION(() => {
            not = this.CONSUME(t.Not);
            this.#mark(not, 'operator');
          });
          const within = this.CONSUME(t.In);
          this.CONSUME(t.Open);
          const values = [this.SUBRULE2(this.value)];
          this.MANY(() => {
            this.CONSUME(t.Comma);
            values.push(this.SUBRULE3(this.value));
          });
          const close = this.CONSUME(t.Close);
          return this.ACTION(() => {
            this.#mark(within, 'operator');
            const field = this.#field(named);
            const members = checkMembers(this.signal, field, named, values, this.#tell);
            return this.#part(not === null ? members : noneOf(field, members), named, close);
          });
        },
      },
    ]),
  );

  readonly value = this.RULE('value', (): IToken => {
    const token = this.OR([
      { ALT: () => this.CONSUME(t.Text) },
      { ALT: () => this.CONSUME(t.Literal) },
      { ALT: () => this.CONSUME(t.Word) },
    ]);
    this.#mark(token, 'value');
    return token;
  });

  readonly fieldName = this.RULE('fieldName', (): IToken => {
    const token = this.OR([
      { ALT: () => this.CONSUME(t.Word) },
      { ALT: () => this.CONSUME(t.Quoted) },
      { ALT: () => this.CONSUME(t.Literal) },
    ]);
    this.#mark(token, 'field');
    return token;
  });

  readonly figures = this.RULE('figures', (): FigureCondition => {
    const items = [this.SUBRULE(this.figuresBoth)];
    this.MANY(() => {
      this.#mark(this.CONSUME(t.Or), 'keyword');
      items.push(this.SUBRULE2(this.figuresBoth));
    });
    return this.ACTION(() => orOf(items));
  });

  readonly figuresBoth = this.RULE('figuresBoth', (): FigureCondition => {
    const items = [this.SUBRULE(this.figurePrimary)];
    this.MANY(() => {
      this.OPTION(() => this.#mark(this.CONSUME(t.And), 'keyword'));
      items.push(this.SUBRULE2(this.figurePrimary));
    });
    return this.ACTION(() => andOf(items));
  });

  readonly figurePrimary = this.RULE('figurePrimary', (): FigureCondition => {
    let times = 0;
    this.MANY(() => {
      this.#mark(this.CONSUME(t.Not), 'keyword');
      times++;
    });
    let condition = this.OR([
      {
        ALT: (): FigureCondition => {
          this.CONSUME(t.Open);
          const inner = this.SUBRULE(this.figures);
          this.CONSUME(t.Close);
          return inner;
        },
      },
      { ALT: () => this.SUBRULE(this.figure) },
    ]);
    this.ACTION(() => {
      for (let i = 0; i < times; i++) condition = { type: 'not', item: condition };
    });
    return condition;
  });

  readonly figure = this.RULE('figure', (): FigureCondition => {
    const name = this.CONSUME(t.Word);
    this.CONSUME(t.Open);
    let named: IToken | null = null;
    this.OPTION(() => {
      named = this.SUBRULE(this.fieldName);
    });
    const close = this.CONSUME(t.Close);
    const op = this.CONSUME(t.Operator);
    const value = this.SUBRULE(this.value);
    return this.ACTION(() => {
      this.#mark(name, 'figure');
      this.#mark(op, 'operator');
      const field = named === null ? null : this.#field(named);
      return checkFigure({ name, named, close, op, value }, field, this.#tell);
    });
  });

  #tell: Fault = (message, from, to) => {
    this.faults.push({ message, from, to });
  };
  #fault(message: string, at: IToken | Part): void {
    if ('image' in at) this.#tell(message, at.startOffset, t.endOf(at));
    else this.#tell(message, at.from, at.to);
  }

  #mark(token: IToken, role: Role): void {
    if (!this.RECORDING_PHASE) this.roles.set(token.startOffset, role);
  }

  #field(named: IToken): Field {
    const field = readField(this.signal, named.image);
    checkField(this.signal, field, named, this.#tell);
    return field;
  }

  #part(condition: Condition, first: IToken, last: IToken): Part {
    return { kind: 'condition', condition, from: first.startOffset, to: t.endOf(last) };
  }

  /** A name with nothing asked of it: a field that is true or not, else a word to look for. */
  #alone(named: IToken): Part {
    const field = readField(this.signal, named.image);
    if (named.tokenType === t.Quoted) {
      this.#fault('expected a comparison after this key, or has(…) around it', named);
    }
    if (fieldType(this.signal, field) === 'boolean') {
      const value = { type: 'boolean', boolean: true } as const;
      return this.#part({ type: 'compare', field, op: '=', value }, named, named);
    }
    this.#mark(named, 'text');
    return this.#part({ type: 'text', text: named.image }, named, named);
  }

  #join(
    parts: readonly Part[],
    conditions: (items: readonly Condition[]) => Condition,
    sets: (items: readonly SetExpression[]) => SetExpression,
  ): Part {
    const first = parts[0]!;
    if (parts.length === 1) return first;
    const { from } = first;
    const { to } = parts.at(-1)!;
    const plain = parts.filter((part) => part.kind === 'condition');
    if (plain.length === parts.length) {
      return { kind: 'condition', condition: conditions(plain.map((part) => part.condition)), from, to };
    }
    for (const part of plain) this.#fault('beside a set in braces, this needs braces too', part);
    const found = parts.flatMap((part) => (part.kind === 'sets' ? [part.set] : []));
    return { kind: 'sets', set: sets(found), from, to };
  }

  #relate(left: Part, sign: IToken, right: Part): Part {
    if (this.signal === 'logs') this.#fault('log lines have no parents or children', sign);
    const sets = [left, right].map((part): SetExpression => {
      if (part.kind === 'condition') {
        this.#fault(`what stands beside ${sign.image} needs braces: { … } ${sign.image} { … }`, part);
        return { type: 'spans', where: part.condition };
      }
      if (choosesTraces(part.set)) {
        this.#fault(`“not” before a set chooses traces, so ${sign.image} has no spans to look at`, part);
      }
      return part.set;
    });
    const set = {
      type: 'structure',
      relation: RELATION_OF[sign.image]!,
      left: sets[0]!,
      right: sets[1]!,
    } as const;
    return { kind: 'sets', set, from: left.from, to: right.to };
  }
}

/** Whether a set holds for traces as a whole somewhere, so that it does not say which spans it finds. */
function choosesTraces(set: SetExpression): boolean {
  switch (set.type) {
    case 'spans':
    case 'structure':
      return false;
    case 'without':
      return true;
    case 'all':
    case 'any':
      return set.sets.some(choosesTraces);
  }
}
