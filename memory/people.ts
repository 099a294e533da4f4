/** People, threads and journeys: who writes, where, and where they stand. */
import type { HandleId, PersonId, ThreadId } from '../core/ids.ts';
import type { JourneyState } from '../core/journey.ts';
import type { Link, Person, Proof } from '../core/person.ts';
import type { Ownership, Thread, ThreadLine } from '../core/thread.ts';

export type PeoplePort = {
  /** The person a handle belongs to now, that handle first. Throws PermanentError('unknown_name') for an unknown handle. */
  ofHandle(handle: HandleId): Promise<Person>;
  /** Adds a proven edge and recomputes the component. Rows keep their handle, so `unlink` restores both sides. */
  link(a: HandleId, b: HandleId, proof: { readonly proof: Proof; readonly reason: string }): Promise<void>;
  unlink(a: HandleId, b: HandleId): Promise<void>;
  links(person: PersonId): Promise<readonly Link[]>;
};

export type ThreadPort = {
  /** Throws InvalidPayloadError('not_found'). */
  get(thread: ThreadId): Promise<Thread>;
  /** The thread of a connection by the platform's key, or null. */
  find(address: {
    readonly channel: string;
    readonly connection: string;
    readonly key: string;
  }): Promise<Thread | null>;
  /** The last lines, oldest first. */
  lines(thread: ThreadId, limit: number): Promise<readonly ThreadLine[]>;
  setOwnership(thread: ThreadId, ownership: Ownership): Promise<void>;
};

export type JourneyPort = {
  /** Null for a person who never moved. Saving happens in the turn's commit. */
  get(person: PersonId): Promise<JourneyState | null>;
};
