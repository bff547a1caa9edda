/** Prompt templates: the built-in ones, and the user's own by name and version. None is ever changed or removed. */
import { createHash } from 'node:crypto';
import { promptDraftSchema } from '../../shared/prompt.ts';
import type { PromptDraft, PromptKind, PromptTemplate } from '../../shared/prompt.ts';
import type { Stage } from '../../shared/card.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import type { Db } from '../sqlite/openDatabase.ts';

type Texts = Readonly<Record<Stage, Readonly<Record<PromptKind, string>>>>;

export type PromptStoreOptions = {
  /** The built-in instructions, and the version of each: `write-2` is version 2. */
  readonly builtIn: { readonly texts: Texts; readonly versions: Texts };
  /** Epoch ms. */
  readonly now?: () => number;
};

export interface PromptStore {
  /** Built-in ones first, then by name, the newest version of each first. */
  list(): readonly PromptTemplate[];
  /**
   * Keeps a text as the next version of its name. The same text is the same template: where there is one of this stage
   * and kind already, it is returned as it is.
   * @throws TracedeckError `bad_prompt`
   */
  save(draft: PromptDraft): PromptTemplate;
  /** @throws TracedeckError `prompt_unknown` */
  get(id: string): PromptTemplate;
}

type Row = Omit<PromptTemplate, 'createdMs' | 'builtIn'> & { readonly created_ms: number };

/** 16 hex digits that say stage, kind and text, and nothing else: the same here and on another machine. */
function templateId({ stage, kind, text }: Pick<PromptDraft, 'stage' | 'kind' | 'text'>): string {
  return createHash('sha256')
    .update(JSON.stringify([stage, kind, text.normalize('NFC')]))
    .digest('hex')
    .slice(0, 16);
}

export function createPromptStore(db: Db, { builtIn, now = Date.now }: PromptStoreOptions): PromptStore {
  const own = builtInTemplates(builtIn);
  const selectAll = db.prepare<[], Row>(
    `SELECT id, stage, kind, name, version, text, created_ms FROM prompt_templates
     ORDER BY name COLLATE NOCASE, name, stage, kind, version DESC`,
  );
  const selectOne = db.prepare<[string], Row>(
    'SELECT id, stage, kind, name, version, text, created_ms FROM prompt_templates WHERE id = ?',
  );
  const insert = db.prepare<[string, Stage, PromptKind, string, string, number, Stage, PromptKind, string]>(
    `INSERT INTO prompt_templates (id, stage, kind, name, version, text, created_ms)
     SELECT ?, ?, ?, ?, coalesce(max(version), 0) + 1, ?, ? FROM prompt_templates
     WHERE stage = ? AND kind = ? AND name = ?`,
  );

  function find(id: string): PromptTemplate | null {
    const found = own.find((template) => template.id === id);
    if (found !== undefined) return found;
    const row = selectOne.get(id);
    return row === undefined ? null : toTemplate(row);
  }

  const save = db.transaction((draft: PromptDraft): PromptTemplate => {
    const { stage, kind, name, text } = draft;
    const id = templateId(draft);
    const known = find(id);
    if (known !== null) return known;
    insert.run(id, stage, kind, name, text, now(), stage, kind, name);
    return find(id)!;
  });

  return {
    list: () => [...own, ...selectAll.all().map(toTemplate)],
    save(draft) {
      const parsed = promptDraftSchema.safeParse(draft);
      if (!parsed.success) {
        const places = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
        throw new TracedeckError('user', 'bad_prompt', `The template cannot be saved: ${places.join('; ')}.`);
      }
      const { name, text, ...rest } = parsed.data;
      return save.immediate({ ...rest, name: name.normalize('NFC'), text: text.normalize('NFC') });
    },
    get(id) {
      const found = find(id);
      if (found !== null) return found;
      throw new TracedeckError('user', 'prompt_unknown', `There is no prompt template ${id}.`, {
        hint: 'It may belong to another data folder: choose one of the templates that are there.',
      });
    },
  };
}

function toTemplate({ created_ms: createdMs, ...row }: Row): PromptTemplate {
  return { ...row, createdMs, builtIn: false };
}

function builtInTemplates({ texts, versions }: PromptStoreOptions['builtIn']): readonly PromptTemplate[] {
  return (['analyse', 'write'] as const).flatMap((stage) =>
    (['term', 'passage'] as const).map((kind) => {
      const text = texts[stage][kind];
      return {
        id: templateId({ stage, kind, text }),
        stage,
        kind,
        name: 'Built-in',
        text,
        version: Number(/\d+$/.exec(versions[stage][kind])?.[0] ?? 1),
        createdMs: 0,
        builtIn: true,
      };
    }),
  );
}
