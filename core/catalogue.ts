/** What the sample backends hold: offers, courses, a member's enrolments and orders, tickets. */
import { z } from 'zod';
import { Audience } from './audience.ts';

const Slug = z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/);

/** Money in minor units (cents), so that nothing is ever rounded. */
export const Money = z.object({ amount: z.number().int().nonnegative(), currency: z.string().length(3) });
export type Money = z.infer<typeof Money>;

export const Offer = z.object({
  id: Slug,
  name: z.string().max(80),
  /** Other names people use for it. */
  aliases: z.array(z.string()).default([]),
  summary: z.string().max(400),
  price: Money,
  /** Ways to pay in parts. `months` × `amount`. */
  plans: z
    .array(z.object({ label: z.string().max(80), months: z.number().int().min(2), amount: z.number().int() }))
    .default([]),
  course: Slug.optional(),
  url: z.url({ protocol: /^https?$/ }),
  audience: Audience.default('public'),
});
export type Offer = z.infer<typeof Offer>;

export const Lesson = z.object({ id: Slug, title: z.string(), minutes: z.number().int().positive() });
export type Lesson = z.infer<typeof Lesson>;

export const Course = z.object({
  id: Slug,
  title: z.string(),
  aliases: z.array(z.string()).default([]),
  summary: z.string().max(400),
  weeks: z.number().int().positive(),
  hoursPerWeek: z.number().positive(),
  url: z.url({ protocol: /^https?$/ }),
  lessons: z.array(Lesson).min(1),
});
export type Course = z.infer<typeof Course>;

/** Progress of one member in one course. */
export const Enrolment = z.object({
  course: Slug,
  completed: z.array(Slug),
  startedAt: z.iso.date(),
});
export type Enrolment = z.infer<typeof Enrolment>;

export const Order = z.object({
  number: z.string(),
  offer: Slug,
  status: z.enum(['paid', 'pending', 'refunded', 'cancelled']),
  placedAt: z.iso.date(),
  charges: z.array(z.object({ at: z.iso.date(), amount: z.number().int(), currency: z.string().length(3) })),
});
export type Order = z.infer<typeof Order>;

export const Ticket = z.object({
  /** What the person is told, e.g. `T-1042`. */
  number: z.string(),
  subject: z.string(),
  summary: z.string(),
  status: z.enum(['open', 'closed']),
  openedAt: z.iso.datetime(),
});
export type Ticket = z.infer<typeof Ticket>;

/** `48000 EUR` → `€480`, in the given locale. */
export function moneyToText(money: Money, locale = 'en'): string {
  const isWhole = money.amount % 100 === 0;
  return new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: money.currency,
    minimumFractionDigits: isWhole ? 0 : 2,
    maximumFractionDigits: isWhole ? 0 : 2,
  }).format(money.amount / 100);
}
