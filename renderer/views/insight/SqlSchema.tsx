import { SQL_FUNCTIONS, SQL_TABLES } from '../../../shared/sqlTables.ts';

type Props = { readonly onInsert: (text: string) => void };

/** The tables, their columns and the functions; a click writes a name where the cursor is. */
export function SqlSchema({ onInsert }: Props) {
  const name = (text: string, about: string, insert = text) => (
    <button
      type="button"
      className="schema-name"
      title={about}
      data-action="sql.insert"
      onClick={() => onInsert(insert)}
    >
      <code>{text}</code>
      <span className="faint small truncate">{about}</span>
    </button>
  );
  return (
    <aside className="sql-schema" aria-label="Tables">
      {SQL_TABLES.map((table) => (
        <details key={table.name} open={table.name === 'spans'}>
          <summary data-action="Show a table" title={table.about}>
            <code>{table.name}</code>
          </summary>
          <ul>
            <li>{name(table.name, table.about)}</li>
            {Object.entries(table.columns).map(([column, about]) => (
              <li key={column}>{name(column, about)}</li>
            ))}
            {Object.entries(table.parameters).map(([parameter, about]) => (
              <li key={parameter}>{name(parameter, `parameter: ${about}`, `${parameter} = `)}</li>
            ))}
          </ul>
        </details>
      ))}
      <details>
        <summary data-action="Show functions">
          <code>functions</code>
        </summary>
        <ul>
          {Object.entries(SQL_FUNCTIONS).map(([text, about]) => (
            <li key={text}>
              {name(text, about, text.includes('(') ? text.slice(0, text.indexOf('(') + 1) : ' REGEXP ')}
            </li>
          ))}
        </ul>
      </details>
    </aside>
  );
}
