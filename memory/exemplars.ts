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

export type ExemplarPort = {
  /** The nearest exemplars by cosine, nearest first. */
  nearest(embedding: readonly number[], limit: number): Promise<readonly Neighbour[]>;
  replaceAll(options: { readonly version: string; readonly exemplars: readonly StoredExemplar[] }): Promise<void>;
  /** The bytes of the trained model of this version; null when there is none. */
  model(version: string): Promise<Uint8Array | null>;
  /** Keeps this model and no other. */
  saveModel(model: { readonly version: string; readonly data: Uint8Array }): Promise<void>;
  /** A text that is there already stays as it is. */
  propose(candidate: NewCandidate): Promise<void>;
  /** Oldest first. */
  candidates(state: CandidateState): Promise<readonly Candidate[]>;
  /** Throws InvalidPayloadError('not_found'); with 'malformed' when accepted without any intent. */
  decide(id: string, decision: Decision): Promise<Candidate>;
};

/** `intent` replaces the suggested one. */
export type Decision = { readonly state: 'accepted'; readonly intent?: string } | { readonly state: 'rejected' };
