/** Outreach: when an organisation may write first. Consent, quiet hours and a budget per person; checked when words leave. */
import { z } from 'zod';

/** `reminder`: the person asked for it · `journey`: a step of the journey · `broadcast`: news to many. An answer has no purpose. */
export const Purpose = z.enum(['reminder', 'journey', 'broadcast']);
export type Purpose = z.infer<typeof Purpose>;

const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'write a time of day such as "21:00"');

/** workspace.yaml `outreach`. Times are the person's own, else the organisation's. Reminders come when they were asked for. */
export const OutreachRules = z.object({
  quietFrom: TimeOfDay.default('21:00'),
  quietUntil: TimeOfDay.default('08:00'),
  /** So many unasked messages in so many days, over all channels of a person. */
  budget: z
    .object({ messages: z.number().int().min(0).max(100), days: z.number().int().min(1).max(365) })
    .default({ messages: 3, days: 7 }),
});
export type OutreachRules = z.infer<typeof OutreachRules>;

export const DEFAULT_OUTREACH: OutreachRules = OutreachRules.parse({});

/** `outreach`: may we write first at all (withdrawn: not even reminders) · `news`: were journey messages and broadcasts asked for. */
export type OutreachConsents = { readonly outreach?: boolean; readonly news?: boolean };

export type OutreachWish = 'stop' | 'subscribe';

/** What withdrawing and giving mean for the person's consents. */
export const CONSENTS_OF: Readonly<Record<OutreachWish, OutreachConsents>> = {
  stop: { outreach: false, news: false },
  subscribe: { outreach: true, news: true },
};

const STOP = new Set(
  [
    ['stop', 'stopp', 'stop all', 'stopall', 'unsubscribe', 'unsubscribe me', 'opt out', 'optout'],
    ['stop messaging me', 'stop writing to me', 'no more messages', 'stop sending me messages'],
    ['abmelden', 'abbestellen', 'keine nachrichten mehr', 'newsletter abbestellen', 'bitte abmelden'],
    ['baja', 'darme de baja', 'parar', 'no mas mensajes', 'no me escriban mas'],
    ['arret', 'arreter', 'desabonner', 'me desabonner', 'desinscrire', 'plus de messages'],
    ['basta messaggi', 'niente piu messaggi', 'disiscrivimi', 'non scrivermi piu'],
    ['sem mais mensagens', 'nao quero mais mensagens', 'pare de me escrever', 'nao me escreva mais'],
    ['stoppen', 'afmelden', 'uitschrijven', 'geen berichten meer', 'stuur me geen berichten meer'],
    ['hor auf mir zu schreiben', 'schreib mir nicht mehr', 'schreiben sie mir nicht mehr', 'deja de escribirme'],
    ['no me escribas mas', 'ne mecrivez plus', 'ne mecris plus', 'stop writing me', 'do not write to me anymore'],
  ].flat(),
);
const SUBSCRIBE = new Set([
  ...['subscribe', 'subscribe me', 'unstop', 'opt in', 'optin'],
  ...['neuigkeiten abonnieren', 'newsletter abonnieren', 'abonnieren'],
  ...['suscribir', 'suscribirme', 'suscribete', 'sabonner', 'mabonner', 'abonner'],
]);

/** Wherever it stands: "schreib mir bitte nicht mehr". */
const COURTESY = / ?\b(?:please|bitte|por favor|svp|sil vous plait|sil te plait|per favore|alsjeblieft|alstublieft)\b/g;

/** A message that is nothing but such a wish; "stop" inside a sentence may mean anything. `words` is the folded text. */
export function outreachWish(words: string): OutreachWish | null {
  const plain = words.replaceAll(COURTESY, '').trim();
  if (STOP.has(plain)) return 'stop';
  return SUBSCRIBE.has(plain) ? 'subscribe' : null;
}
