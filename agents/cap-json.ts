/** Keeps what a tool returns small: the shape stays, long texts and long lists are cut. */

/** Limits tried one after the other until the value fits: characters of a text, entries of a list. */
const STEPS = [
  { text: 4000, list: 60 },
  { text: 2000, list: 40 },
  { text: 1000, list: 20 },
  { text: 500, list: 10 },
  { text: 200, list: 5 },
  { text: 80, list: 3 },
] as const;
const MAX_DEPTH = 8;

/** Plain JSON of at most `maxBytes` (UTF-8). What cannot be made to fit becomes `{ cut: true }`. */
export function capJson(value: unknown, maxBytes: number): unknown {
  const json = toJson(value);
  if (json === undefined) return null;
  const plain: unknown = JSON.parse(json);
  if (byteLength(json) <= maxBytes) return plain;
  for (const step of STEPS) {
    const smaller = shorten(plain, step, 0);
    if (byteLength(JSON.stringify(smaller)) <= maxBytes) return smaller;
  }
  return { cut: true };
}

/** Undefined for what JSON cannot say: functions, cycles, big integers. */
function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

function shorten(value: unknown, step: (typeof STEPS)[number], depth: number): unknown {
  if (typeof value === 'string') return value.length > step.text ? `${value.slice(0, step.text)}…` : value;
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return null;
  if (Array.isArray(value)) return value.slice(0, step.list).map((entry) => shorten(entry, step, depth + 1));
  const entries = Object.entries(value).slice(0, step.list);
  return Object.fromEntries(entries.map(([key, entry]) => [key, shorten(entry, step, depth + 1)]));
}
