/** The contract of a channel: a connector to one outside medium. Each room keeps it with four files. */
import type { z } from 'zod';
import type { Clock } from '../core/clock.ts';
import type { Delivery } from '../core/delivery.ts';
import type { ChannelName, InboundEvent } from '../core/event.ts';
import type { ChannelProfile, Loss } from '../core/profile.ts';
import type { ReplyRecord } from '../core/reply.ts';

/** A request as it arrived; header names are lower case. */
export type WebhookRequest = {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly rawBody: string;
};

/** What a room knows after the proof held: the body as JSON, and what the proof itself said (e.g. the visitor's id). */
export type VerifiedRequest = { readonly payload: unknown; readonly proof: Readonly<Record<string, string>> };

/** One sendable piece. `text` is what limits are measured on; `payload` is the platform's own shape. */
export type Part = { readonly text: string; readonly payload: Readonly<Record<string, unknown>> };

export type Rendered = { readonly parts: readonly Part[]; readonly losses: readonly Loss[] };

/** Where a part goes. */
export type Target = Pick<Delivery, 'id' | 'threadKey' | 'address' | 'replyTo' | 'sequence'> & {
  /** Which of the delivery's parts it is, from 0. */
  readonly position: number;
};

/** `unknown`: the request left and no answer came; the class rule decides. Clear refusals are thrown as errors. */
export type SendOutcome =
  | { readonly kind: 'sent'; readonly platformId: string | null }
  | { readonly kind: 'unknown'; readonly why: string };

/** Stores what came in; resolves when it is durable. */
export type Accept = (events: readonly InboundEvent[], raw: string) => Promise<void>;

/** The outside as rooms see it; tests and evals pass their own. */
export type ChannelPorts = {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** Milliseconds before a send counts as unknown. */
  readonly sendTimeoutMs: number;
  /** One line for the operator's log, without secrets or message text. */
  readonly warn: (message: string) => void;
};

/** One configured account of a channel, ready to use. */
export type Connection = {
  readonly channel: ChannelName;
  readonly name: string;
  readonly profile: ChannelProfile;
  /** GET handshake: the text to echo. Throws InvalidPayloadError('bad_signature'). Absent: the channel has none. */
  readonly answerChallenge?: (request: WebhookRequest) => string;
  /**
   * Checks the proof on the raw bytes in constant time, then parses JSON. Throws InvalidPayloadError: `bad_signature`
   * (401), `malformed` with the path (400).
   */
  readonly verify: (request: WebhookRequest) => VerifiedRequest;
  /** Pure. One request may carry many events; kinds we do not handle become `unsupported` with the reason. */
  readonly parse: (verified: VerifiedRequest, receivedAt: string) => readonly InboundEvent[];
  /** Pure and deterministic. Losses say what the channel could not show. */
  readonly render: (reply: ReplyRecord) => Rendered;
  /** Throws TransientError (may be sent again) or PermanentError by the failure vocabulary. */
  readonly send: (part: Part, target: Target) => Promise<SendOutcome>;
  /**
   * Tells the platform, once the events of a request are stored, that they were heard: a pressed button stops waiting.
   * Failures are ignored by the caller. `poll` does it by itself.
   */
  readonly acknowledge?: (verified: VerifiedRequest) => Promise<void>;
  /** Shows that an answer is being written; failures are ignored by the caller. */
  readonly showTyping?: (target: Pick<Target, 'threadKey' | 'address'>) => Promise<void>;
  /** Fetches events until the signal fires, for channels that can work without a public address. */
  readonly poll?: (accept: Accept, signal: AbortSignal) => Promise<void>;
  /** Tells the platform our public address, and checks that it took it. Idempotent. */
  readonly register?: (publicUrl: string) => Promise<void>;
};

/** What a person does, in the words of no platform; `imitate` translates it into the platform's request. */
export type Imitation = {
  readonly externalId: string;
  /** Conversation: same key, same thread. */
  readonly thread: string;
  readonly sender: { readonly externalId: string; readonly displayName?: string; readonly locale?: string };
  readonly does: { readonly says: string } | { readonly chooses: string; readonly label: string };
  readonly at: string;
};

/** A room. `open` checks the settings and returns a connection; a missing secret is a PermanentError('config_invalid'). */
export type ChannelRoom<Settings> = {
  readonly name: ChannelName;
  readonly profile: ChannelProfile;
  readonly settings: z.ZodType<Settings>;
  readonly open: (options: {
    readonly name: string;
    readonly settings: Settings;
    readonly ports: ChannelPorts;
  }) => Connection;
  /** The signed request this platform would send; for evals and the contract suite, so that cases enter by the real door. */
  readonly imitate: (imitation: Imitation, settings: Settings) => WebhookRequest;
};
