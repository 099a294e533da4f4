/** From when until when a document is true: a day or a moment as people write it, a moment as it is stored. */
import { z } from 'zod';

export const Validity = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);

type Dates = { readonly 'valid-from'?: string | undefined; readonly 'valid-until'?: string | undefined };

/** The two keys people write, as a document holds them. A day is taken as a day in UTC. */
export function validityOf(dates: Dates): { readonly validFrom?: string; readonly validUntil?: string } {
  const { 'valid-from': from, 'valid-until': until } = dates;
  return {
    ...(from === undefined ? {} : { validFrom: startOfDay(from) }),
    ...(until === undefined ? {} : { validUntil: endOfDay(until) }),
  };
}

function startOfDay(text: string): string {
  return new Date(text).toISOString();
}

/** A day is over with its last moment: "until the 31st" holds on the 31st. */
function endOfDay(text: string): string {
  return text.length === 10 ? `${text}T23:59:59.999Z` : new Date(text).toISOString();
}
