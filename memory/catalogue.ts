/** Catalogue: the built-in backends of the sample school, and the ledger that keys every write. */
import type { Course, Enrolment, Offer, Order, Ticket } from '../core/catalogue.ts';
import type { PersonId, ThreadId, TurnId } from '../core/ids.ts';
import type { Workspace } from '../core/workspace.ts';

/** A write by a tool happens once per key; a second run returns the first result. */
export type EffectKey = { readonly turn: TurnId; readonly tool: string; readonly arguments: unknown };

/** Every reading takes the person from the caller, never from a model's argument. */
export type CataloguePort = {
  offers(): Promise<readonly Offer[]>;
  courses(): Promise<readonly Course[]>;
  enrolments(person: PersonId): Promise<readonly Enrolment[]>;
  orders(person: PersonId): Promise<readonly Order[]>;
  tickets(person: PersonId): Promise<readonly Ticket[]>;
  /** Returns the enrolment as it is afterwards, or null when the person is not enrolled or the lesson is unknown. */
  markLessonDone(
    person: PersonId,
    lesson: { readonly course: string; readonly lesson: string },
    key: EffectKey,
  ): Promise<Enrolment | null>;
  openTicket(
    person: PersonId,
    ticket: {
      readonly thread: ThreadId;
      readonly subject: string;
      readonly summary: string;
      readonly kind: 'question' | 'refund';
    },
    key: EffectKey,
  ): Promise<Ticket>;
  /** A place kept for the person until `until`; holding again returns the first hold. */
  holdPlace(
    person: PersonId,
    offer: string,
    key: EffectKey,
  ): Promise<{ readonly offer: string; readonly until: string }>;
  /** Loads offers, courses, members' enrolments and orders of a workspace. */
  replaceAll(workspace: Workspace): Promise<void>;
};
