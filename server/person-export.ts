/** A person's own copy of everything: one file of JSON for each store, and a page that anybody can read. */
import type { Collected } from '../memory/erasures.ts';
import { type ZipEntry, zipOf } from './zip.ts';

/** One ZIP: `index.html`, and `<store>.json` for every store, empty ones too. `at`: milliseconds since 1970. */
export function exportOf(collected: Collected, at: number): Buffer {
  const stores = Object.entries(collected).map(
    ([store, rows]): ZipEntry => ({ name: `${store}.json`, text: `${JSON.stringify(rows, null, 2)}\n` }),
  );
  return zipOf([{ name: 'index.html', text: pageOf(collected, at) }, ...stores], at);
}

type Row = Collected[string][number];

const TITLES: Readonly<Record<string, string>> = {
  handles: 'Your addresses',
  claims: 'What you have proven',
  links: 'How your addresses were connected',
  told: 'How you want to be spoken to, and what you agreed to',
  facts: 'What was learned about you',
  journeys: 'Where you stand',
  journey_moves: 'How you came there',
  tickets: 'Your requests',
  orders: 'Your orders',
  enrolments: 'Your courses',
};

function pageOf(collected: Collected, at: number): string {
  const lines = saidIn(collected).map(
    ({ when, who, text }) => `<p><b>${plain(who)}</b> <small>${plain(when)}</small><br>${plain(text)}</p>`,
  );
  const filled = Object.entries(collected).filter(([, rows]) => rows.length > 0);
  const known = filled.filter(([store]) => store in TITLES);
  const others = filled.filter(([store]) => !(store in TITLES));
  const sections = [...known, ...others].map(
    ([store, rows]) => `<h2>${plain(TITLES[store] ?? store)}</h2>${tableOf(rows)}`,
  );
  const style =
    'body{font:16px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em}table{border-collapse:collapse;font-size:.85em}td,th{border:1px solid #ccc;padding:.2em .5em;text-align:left;vertical-align:top;overflow-wrap:anywhere}';
  const when = new Date(at).toISOString();
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Your data</title><style>${style}</style></head><body><h1>Your data</h1><p>Made ${when}. Each part is also there as JSON beside this page.</p><h2>What was said</h2>${lines.join('') || '<p>Nothing.</p>'}${sections.join('')}</body></html>\n`;
}

type Said = { readonly when: string; readonly who: string; readonly text: string };

/** Messages and answers, oldest first. */
function saidIn({ inbox = [], deliveries = [] }: Collected): readonly Said[] {
  const said = [
    ...inbox.map((row) => ({
      when: textOf(row['received_at']),
      who: 'You',
      text: textOf(partOf(row['event'], 'text') ?? partOf(row['event'], 'label')),
    })),
    ...deliveries.map((row) => ({
      when: textOf(row['created_at']),
      who: 'Us',
      text: wordsOf(partOf(row['reply'], 'blocks')),
    })),
  ];
  return said.filter(({ text }) => text !== '').toSorted((a, b) => (a.when < b.when ? -1 : a.when > b.when ? 1 : 0));
}

function wordsOf(blocks: unknown): string {
  if (!Array.isArray(blocks)) return '';
  const words = blocks.map((block: unknown) =>
    textOf(partOf(block, 'text') ?? partOf(block, 'title') ?? partOf(block, 'label')),
  );
  return words.filter((text) => text !== '').join('\n');
}

function tableOf(rows: readonly Row[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const head = names.map((name) => `<th>${plain(name)}</th>`).join('');
  const body = rows.map((row) => `<tr>${names.map((name) => `<td>${plain(textOf(row[name]))}</td>`).join('')}</tr>`);
  return `<table><tr>${head}</tr>${body.join('')}</table>`;
}

function partOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '<br>',
};

function plain(text: string): string {
  return text.replaceAll(/[&<>"\n]/g, (sign) => ENTITIES[sign] ?? sign);
}
