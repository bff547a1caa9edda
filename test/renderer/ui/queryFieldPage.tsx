/** The page of the query field's test: one field, and what it was asked. */
import '../../../renderer/styles/tokens.css';
import '../../../renderer/styles/base.css';
import { useState } from 'react';
import { createRoot } from 'react-dom/client';
import { QueryField } from '../../../renderer/ui/QueryField.tsx';
import type { FieldCatalog } from '../../../shared/traceQuery.ts';

const catalog: FieldCatalog = {
  operations: ['run', 'cache get'],
  services: ['tracedeck'],
  attributes: [{ key: 'http.route', types: ['string'], values: ['/cards', '/decks'] }],
};
const submitted: string[] = [];
Object.assign(globalThis, { submitted });

function Page() {
  const [value, setValue] = useState('');
  return (
    <main style={{ padding: '40px', width: '640px' }}>
      <h1>Traces</h1>
      <QueryField
        label="Find traces"
        placeholder="service = … and duration > 100ms"
        value={value}
        loadCatalog={() => Promise.resolve(catalog)}
        onSubmit={(query) => {
          submitted.push(query);
          setValue(query);
        }}
      />
      <button type="button">After</button>
    </main>
  );
}
createRoot(document.querySelector('#root')!).render(<Page />);
