/** Calls to action: what was shown to whom, what was clicked, and the one use of a token that proves who comes. */
import type { HandleId, ThreadId, TurnId } from '../core/ids.ts';

/** `visit`: a page of the organisation, as often as somebody likes. `continue`: the next channel; one use, which links two handles. */
export type CallPurpose = 'visit' | 'continue';

/** A call to action on its way out; written with the turn's commit, so that what nobody was shown does not exist. */
export type NewCall = {
  readonly id: string;
  /** Which of the turn's deliveries carries it. */
  readonly position: number;
  readonly purpose: CallPurpose;
  /** What of the workspace it is, e.g. `offer:breathwork`. */
  readonly name: string;
  readonly label: string;
  readonly url: string;
  readonly stage: string | null;
  readonly lifeHours: number;
};

export type Call = Pick<NewCall, 'id' | 'purpose' | 'name' | 'label' | 'url'> & {
  readonly isExpired: boolean;
  readonly isUsed: boolean;
};

/** Why a token does nothing. `altered`: not one of ours. `gone`: the person it was made for is. `used`: by somebody, once. */
export type CallRefusal = 'altered' | 'gone' | 'expired' | 'used' | 'purpose' | 'own' | 'not_private';

/**
 * `linked`: two handles are one person from now on. `known`: they were. `blocked`: what they have proven differs. `proposed`:
 * everybody could read the token, and there is more to lose than what everybody could read; operators decide.
 */
export type Redeemed =
  | { readonly kind: 'linked' | 'known' | 'blocked' | 'proposed' }
  | { readonly kind: 'refused'; readonly reason: CallRefusal };

/** Who brings the token, and where. The turn makes it safe to ask again. */
export type Bringer = { readonly handle: HandleId; readonly thread: ThreadId; readonly turn: TurnId };

export type CallCounts = {
  readonly name: string;
  readonly stage: string | null;
  readonly shown: number;
  readonly clicked: number;
  readonly used: number;
};

export type CallPort = {
  /** Null when there is none, or none any more. */
  get(call: string): Promise<Call | null>;
  /** Somebody pressed it. What led there is known by the call: thread, turn, stage. */
  click(call: string): Promise<void>;
  /** Counts a token that did nothing. `call` null: it is none of ours. */
  refuse(call: string | null, reason: CallRefusal): Promise<void>;
  /**
   * Uses a `continue` token up: links who was shown it with who brings it, and lets the new thread hear what was said on the old
   * one, as far as it may. A refusal is counted and links nobody. The same turn again is told the same.
   */
  redeem(call: string, by: Bringer): Promise<Redeemed>;
  /** By name and stage: shown at all, clicked at least once, used. */
  counts(since: Date): Promise<readonly CallCounts[]>;
  /** Tokens refused since then, by reason. */
  refusals(since: Date): Promise<Readonly<Record<string, number>>>;
};
