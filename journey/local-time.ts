/** Time as the person's own clock and calendar show it. */

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** Two times of day such as `21:00`; from is later than until when the night lies between. */
export type QuietHours = { readonly from: string; readonly until: string };

/** When so many hours or days after `since` (milliseconds) have passed: days keep the time of day, also over a change of the clocks. */
export function waitEnd(since: number, after: string, timeZone: string): number {
  const count = Number.parseInt(after, 10);
  if (after.endsWith('h')) return since + count * HOUR_MS;
  const naive = since + count * DAY_MS;
  return naive + offsetAt(since, timeZone) - offsetAt(naive, timeZone);
}

/** Is it the quiet time of the person's day? Equal times mean that no hour is quiet. */
export function isQuiet(now: number, quiet: QuietHours, timeZone: string): boolean {
  const local = new Date(now + offsetAt(now, timeZone)).toISOString().slice(11, 16);
  const { from, until } = quiet;
  return from <= until ? local >= from && local < until : local >= from || local < until;
}

/** How far local time is ahead of UTC, in milliseconds. A zone that does not exist counts as UTC: it was set by somebody else. */
function offsetAt(now: number, timeZone: string): number {
  const format = formatFor(timeZone);
  if (format === null) return 0;
  const parts = Object.fromEntries(format.formatToParts(now).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute) - Math.floor(now / MINUTE_MS) * MINUTE_MS;
}

/** Making a format costs a thousand times what using one does. */
const formats = new Map<string, Intl.DateTimeFormat | null>();

function formatFor(timeZone: string): Intl.DateTimeFormat | null {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = makeFormat(timeZone);
  formats.set(timeZone, format);
  return format;
}

function makeFormat(timeZone: string): Intl.DateTimeFormat | null {
  const fields = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const;
  try {
    return new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', { ...fields, hourCycle: 'h23', timeZone });
  } catch {
    return null;
  }
}
