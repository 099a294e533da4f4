/** Exemplars: the utterances that teach the intents, the model trained on them, and candidates that wait for a review. */
import type { TurnId } from '../core/ids.ts';
import type { Neighbour } from '../core/intent.ts';

export type StoredExemplar = {
  readonly intent: string;
  readonly text: string;
  readonly embedding: readonly number[];
};

export type CandidateState = 'pending' | 'accepted' | 'rejected';

export type NewCandidate = {
  readonly text: string;
  /** What it probably means; null when nobody can tell yet. */
  readonly intent: string | null;
  /** A model chose between agents, or an operator said what was meant. */
  readonly reason: 'tie-break' | 'correction';
  readonly turn: TurnId | null;
};

export type Candidate = NewCandidate & {
  readonly id: string;
  readonly state: CandidateState;
  /** ISO 8601. */
  readonly createdAt: string;
};

/** What reading intents without a model saved, over some days. Tokens are prompt and answer together. */
export type IntentLedger = {
  readonly days: number;
  /** Turns whose intent was clear: no model was asked. */
  readonly clear: number;
  /** Turns whose intent was unclear and whose supervisor asked a model. */
  readonly asked: number;
  readonly askedTokens: number;
  readonly askedMilliseconds: number;
  /** What the clear ones would have cost at the mean of those that were asked; null while none was. */
  readonly savedTokens: number | null;
};

export type ExemplarPort = {
  /** What asking a model about unclear messages cost, and what it saved not to ask about the others. */
  ledger(days: number): Promise<IntentLedger>;
  /** The nearest exemplars by cosine, nearest first. */
  nearest(embedding: readonly number[], limit: number): Promise<readonly Neighbour[]>;
  replaceAll(options: { readonly version: string; readonly exemplars: readonly StoredExemplar[] }): Promise<void>;
  /** The bytes of the trained model of this version; null when there is none. */
  model(version: string): Promise<Uint8Array | null>;
  /** Keeps this model and no other. */
  saveModel(model: { readonly version: string; readonly data: Uint8Array }): Promise<void>;
  /** A text that is there already stays as it is, unless an operator corrects it: then it waits for a review again. */
  propose(candidate: NewCandidate): Promise<void>;
  /** Oldest first. */
  candidates(state: CandidateState): Promise<readonly Candidate[]>;
  /** Throws InvalidPayloadError('not_found'); with 'malformed' when accepted without any intent. */
  decide(id: string, decision: Decision): Promise<Candidate>;
};

/** `intent` replaces the suggested one. */
export type Decision = { readonly state: 'accepted'; readonly intent?: string } | { readonly state: 'rejected' };
