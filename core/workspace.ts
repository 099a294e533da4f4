/** The files an implementer edits, as schemas. `server/workspace.ts` reads them; everything else gets the parsed value. */
import { z } from 'zod';
import { AgentName } from './agent-name.ts';
import { Course, Enrolment, Offer, Order } from './catalogue.ts';
import { IntentName } from './intent.ts';
import { JourneyDefinition } from './journey.ts';
import { KnowledgeDocument } from './knowledge.ts';
import { byLanguage, Localised } from './localised.ts';
import { OutreachRules } from './outreach.ts';
import { Validity } from './validity.ts';

/** The fixed sentences of the platform; `{name}` parts are filled in. A closed list, so that a missing one is found at start. */
export const PhraseKey = z.enum([
  'greeting',
  'thanks',
  'goodbye',
  'about_assistant',
  'clarify',
  'no_answer',
  'offer_intro',
  'no_offer',
  'link_needed',
  'no_enrolment',
  'course_progress',
  'course_finished',
  'ticket_opened',
  'support_next',
  'hand_over',
  'hand_over_waiting',
  'public_to_private',
  'unsupported',
  'failed',
  'outreach_stopped',
  'outreach_subscribed',
]);
export type PhraseKey = z.infer<typeof PhraseKey>;

const SuggestionList = z.array(z.string().min(1).max(80)).max(5);

/** Suggested prompts by language; a plain list serves every language. */
export const Suggestions = z
  .union([SuggestionList, byLanguage(SuggestionList)])
  .transform((given) => (Array.isArray(given) ? { en: given } : given));
export type Suggestions = Readonly<Record<string, readonly string[]>>;

/** workspace.yaml */
export const OrganisationFile = z.object({
  name: z.string().min(1),
  about: z.string().min(1),
  locales: z.array(z.string().regex(/^[a-z]{2}$/)).min(1),
  timeZone: z.string(),
  /** ISO 3166 alpha-2; the country whose crisis lines are shown when nothing better is known. */
  country: z.string().length(2),
  /** Hosts that replies may link to. */
  allowedHosts: z.array(z.string().regex(/^[a-z0-9.-]+$/)),
  /** Suggested prompts, under an empty chat and with a greeting. */
  suggestions: Suggestions,
  /** When we may write first. */
  outreach: OutreachRules.optional(),
  /** `rerank`: a model puts what was found in order before an agent reads it; one more call per answer. */
  knowledge: z.object({ rerank: z.boolean().default(false) }).optional(),
});

/** tone.yaml */
export const ToneFile = z.object({
  /** How every agent speaks; goes into each prompt. */
  voice: z.string().min(1),
  phrases: z.record(PhraseKey, Localised),
});

/** safety.yaml */
export const CrisisLine = z.object({
  country: z.string().length(2),
  name: z.string(),
  phone: z.string(),
  hours: z.string(),
  emergency: z.string(),
});
export type CrisisLine = z.infer<typeof CrisisLine>;

export const SafetyFile = z.object({
  texts: z.object({
    crisis: Localised,
    /** Under a public post: no diagnosis, moves to private. */
    crisis_public: Localised,
    harm: Localised,
    abuse: Localised,
    minors: Localised,
    /** `{name}`, `{phone}`, `{hours}`, `{emergency}` of one line. */
    line: Localised,
    /** When the country is not known. */
    anywhere: Localised,
  }),
  lines: z.array(CrisisLine).min(1),
});
export type SafetyFile = z.infer<typeof SafetyFile>;

/** intents/<agent>.yaml */
export const IntentsFile = z.object({
  agent: AgentName,
  intents: z
    .array(z.object({ name: IntentName, about: z.string().min(1), exemplars: z.array(z.string().min(1)).min(3) }))
    .min(1),
  /** What people write that is nobody's business here: it teaches what to leave unclear. */
  outOfScope: z.array(z.string().min(1)).optional(),
});
export type IntentsFile = z.infer<typeof IntentsFile>;

export const OffersFile = z.object({ offers: z.array(Offer).min(1) });
export const CoursesFile = z.object({ courses: z.array(Course).min(1) });

/** members.yaml: what a shop and a course system would hold about the sample's fictional members. */
export const MembersFile = z.object({
  members: z.array(
    z.object({
      /** The member's id on the site; a BuddyBoss handle or a signed widget visitor carries it. */
      member: z.string(),
      name: z.string(),
      enrolments: z.array(Enrolment).default([]),
      orders: z.array(Order).default([]),
    }),
  ),
});
export type MembersFile = z.infer<typeof MembersFile>;

/** knowledge/**.md front matter; id comes from the path, the body from the Markdown. */
export const KnowledgeFrontMatter = KnowledgeDocument.omit({
  id: true,
  body: true,
  validFrom: true,
  validUntil: true,
}).extend({ 'valid-from': Validity.optional(), 'valid-until': Validity.optional() });

/** The whole workspace, read and cross-checked. */
export const Workspace = z.object({
  /** Hash of every file; part of each turn's fingerprint. */
  version: z.string(),
  organisation: OrganisationFile,
  tone: ToneFile,
  safety: SafetyFile,
  journey: JourneyDefinition,
  intents: z.array(IntentsFile),
  offers: z.array(Offer),
  courses: z.array(Course),
  members: MembersFile.shape.members,
  documents: z.array(KnowledgeDocument),
});
export type Workspace = z.infer<typeof Workspace>;

/** The phrase in the wanted language, else English, with its `{name}` parts filled in. */
export function phrase(words: Localised, locale: string, values: Readonly<Record<string, string>> = {}): string {
  const text = inLanguage(words, locale) ?? '';
  return text.replaceAll(/\{([a-z]+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** The suggested prompts in the wanted language, else in English. */
export function suggestionsIn(suggestions: Suggestions, locale: string): readonly string[] {
  return inLanguage(suggestions, locale) ?? [];
}

/** `locale` is BCP 47. */
function inLanguage<Value>(all: Readonly<Record<string, Value>>, locale: string): Value | undefined {
  return all[locale.slice(0, 2).toLowerCase()] ?? all['en'];
}
