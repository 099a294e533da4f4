/** People, threads and journeys: who writes, where, and where they stand. */
import type { Conversation } from '../core/conversation.ts';
import type { HandleId, PersonId, ThreadId } from '../core/ids.ts';
import type { JourneyState, Move, RecordedMove } from '../core/journey.ts';
import type { Claim, LinkCase, LinkOutcome, Strength } from '../core/link.ts';
import type { Link, Person, Proof } from '../core/person.ts';
import type { Ownership, Thread } from '../core/thread.ts';

/** Why two handles are one person. */
export type NewLink = { readonly proof: Proof; readonly reason: string };

export type PeoplePort = {
  /** The person a handle belongs to now, that handle first. Throws PermanentError('unknown_name') for an unknown handle. */
  ofHandle(handle: HandleId): Promise<Person>;
  /** A handle by how operators name it: its id, its person's id, or `<channel>:<address>`, e.g. `telegram:4711`. Null: nobody. */
  find(name: string): Promise<HandleId | null>;
  /**
   * Adds a proven edge and derives anew what the two are together; rows keep their handle, so that `unlink` restores both
   * sides. Blocked, and an operators' case, when both hold different strong claims of one kind. Throws InvalidPayloadError:
   * `not_found` for an unknown handle, `malformed` for a handle with itself.
   */
  link(a: HandleId, b: HandleId, why: NewLink): Promise<LinkOutcome>;
  /** False when there was no such edge. Two handles that are linked by another way as well stay one person. */
  unlink(a: HandleId, b: HandleId): Promise<boolean>;
  /** Takes one handle out of its person, with all its edges. Returns how many there were. */
  split(handle: HandleId): Promise<number>;
  links(person: PersonId): Promise<readonly Link[]>;
  /**
   * Binds a claim that another party vouched for to this handle, and links it with whoever has proven the same. Blocked when
   * its person holds another value. Throws InvalidPayloadError like `link`, PermanentError('broken_invariant') for a proof
   * that binds nothing.
   */
  prove(handle: HandleId, claim: { readonly proof: Proof; readonly value: string }): Promise<LinkOutcome>;
  claims(person: PersonId): Promise<readonly Claim[]>;
  /** Proposes a link that nothing proves; only an operator's decision makes it. The same one open twice is one case. */
  suggest(a: HandleId, b: HandleId, reason: string): Promise<void>;
  /** Blocked and proposed links, newest first, both sides as they were when the case came up. */
  cases(filter: { readonly open: boolean; readonly limit: number }): Promise<readonly LinkCase[]>;
  /**
   * An operator's word ends a case; `linked` links the two whatever they claim. Throws InvalidPayloadError('not_found') for a
   * case that is not there or was decided before.
   */
  decide(id: string, decision: { readonly outcome: 'linked' | 'kept_apart'; readonly by: string }): Promise<void>;
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
  /**
   * What was said between the handle's person and us on this thread: the last `limit` lines, the last turns and the
   * summary. Lines of others on a public thread are not in it. Throws InvalidPayloadError('not_found').
   */
  conversation(of: {
    readonly thread: ThreadId;
    readonly handle: HandleId;
    readonly limit: number;
  }): Promise<Conversation>;
  /**
   * Keeps what a model made of older lines, for this thread and handle only. `since` is the `episodeAt` of the
   * conversation it was made of: when a matter ended meanwhile (something was forgotten), it is not kept.
   */
  saveSummary(summary: {
    readonly thread: ThreadId;
    readonly handle: HandleId;
    readonly text: string;
    readonly through: string;
    readonly since: string | null;
  }): Promise<void>;
  /**
   * Giving a thread that an operator holds back to the agents ends its matter: the operator settled it, and what was said
   * about it must not be read as the question behind the next message. Handing over and taking end nothing.
   */
  setOwnership(thread: ThreadId, ownership: Ownership): Promise<void>;
};

/** Somebody who has stood in a stage long enough for a time transition. */
export type DueJourney = {
  readonly person: PersonId;
  readonly isMember: boolean;
  readonly state: JourneyState;
  /** The person's own, when it is known. */
  readonly timeZone?: string | null;
  readonly consents?: Readonly<Record<string, boolean>>;
};

/** How many people stand where, and how many moves were made, as rows; the definition says what they mean. */
export type JourneyCounts = {
  /** `region` null: the main one. */
  readonly people: readonly {
    readonly region: string | null;
    readonly stage: string;
    readonly definition: number;
    readonly count: number;
  }[];
  readonly moves: readonly {
    readonly transition: string;
    readonly from: string;
    readonly to: string;
    readonly count: number;
    /** How many of them operators have disputed. */
    readonly disputed: number;
  }[];
};

export type JourneyPort = {
  /** Null for a person who never moved. A turn saves its moves in its commit. */
  get(person: PersonId): Promise<JourneyState | null>;
  /**
   * Those who have stood in one of these stages, of any region, for so many hours (database time), in the order of their
   * ids, from behind `after`.
   */
  listDue(
    waits: readonly { readonly stage: string; readonly hours: number }[],
    page: { readonly limit: number; readonly after: PersonId | null },
  ): Promise<readonly DueJourney[]>;
  /** Moves made by time alone, and the words they bring. False, and nothing written, when the person moved meanwhile. */
  move(
    due: DueJourney,
    moved: {
      readonly after: JourneyState;
      readonly moves: readonly Move[];
      readonly messages: readonly { readonly transition: string; readonly texts: Readonly<Record<string, string>> }[];
    },
  ): Promise<boolean>;
  /** The last moves by any handle of the person, newest first. */
  moves(person: PersonId, limit: number): Promise<readonly RecordedMove[]>;
  /**
   * A move by an operator's hand, kept with the person's oldest handle. `before` null: the person never moved. False, and
   * nothing written, when the person moved meanwhile. Throws InvalidPayloadError('not_found') for a person without handles.
   */
  operate(
    person: PersonId,
    operated: { readonly before: JourneyState | null; readonly after: JourneyState; readonly move: Move },
  ): Promise<boolean>;
  counts(): Promise<JourneyCounts>;
};

/** A person as operators see them. */
export type PersonView = {
  readonly person: Person;
  readonly links: readonly (Link & { readonly strength: Strength })[];
  readonly claims: readonly Claim[];
  readonly journey: JourneyState | null;
  /** The last ones, newest first. */
  readonly moves: readonly RecordedMove[];
};
