/** Turns, plays and worlds made by hand, so that evals are tested without the platform. */
import { type Block, blocksToText } from '../../core/block.ts';
import { DeliveryRecord } from '../../core/delivery.ts';
import type { ChannelName } from '../../core/event.ts';
import { Turn } from '../../core/turn.ts';
import type { Suite } from '../../evals/case.ts';
import { parseSuites } from '../../evals/read-suite.ts';
import type { Play, Played, World } from '../../evals/world.ts';
import type { Alert } from '../../memory/operators.ts';

let counter = 0;

function uuid(): string {
  counter += 1;
  return `00000000-0000-7000-8000-${counter.toString(16).padStart(12, '0')}`;
}

const AT = '2026-11-22T12:00:00.000Z';

type TurnParts = {
  readonly status?: Turn['status'];
  readonly agent?: 'supervisor' | 'knowledge' | 'sales' | 'course' | 'support' | 'safety';
  readonly route?: 'agent' | 'clarify' | 'hand_over' | 'silence' | null;
  readonly intent?: string | null;
  readonly rivals?: readonly { readonly name: string; readonly confidence: number }[];
  readonly tools?: readonly { readonly name: string; readonly outcome?: 'ok' | 'refused' | 'failed' }[];
  readonly blocks?: readonly Block[];
  readonly fallback?: string;
  readonly handOver?: boolean;
  readonly error?: { readonly code: string; readonly message: string };
};

/** A turn that the schema of core accepts. */
export function fakeTurn(parts: TurnParts = {}): Turn {
  const {
    status = 'ok',
    agent = 'knowledge',
    blocks = [{ kind: 'text', text: 'An answer.' }],
    intent = 'price',
  } = parts;
  const citations = blocks.flatMap((block) => (block.kind === 'citation' ? [block.passage] : []));
  const draft = {
    agent,
    messageClass: 'answer',
    blocks: [...blocks],
    citations,
    toolCalls: (parts.tools ?? []).map(({ name, outcome = 'ok' }) => ({
      name,
      arguments: {},
      by: 'fallback',
      outcome,
      result: null,
      milliseconds: 1,
    })),
    grounded: false,
    ...(parts.fallback === undefined ? {} : { fallback: parts.fallback }),
    ...(parts.handOver ? { handOver: { reason: 'person_asked', summary: 'x' } } : {}),
  };
  const hasDraft = parts.route !== 'silence' && parts.route !== null && status !== 'error';
  return Turn.parse({
    id: uuid(),
    thread: uuid(),
    person: uuid(),
    handle: uuid(),
    status,
    events: [{ id: uuid(), event: messageEvent() }],
    journeyBefore: null,
    journeyAfter: null,
    moves: [],
    screening: null,
    intent:
      intent === null
        ? null
        : { name: intent, confidence: 0.8, neighbours: [], runnersUp: [...(parts.rivals ?? [])], priors: [] },
    recalled: [],
    route: routeOf(parts, draft),
    draft: hasDraft ? draft : null,
    check: null,
    reply: hasDraft ? draft : null,
    deliveries: [],
    modelCalls: [],
    spans: [],
    fingerprint: { prompt: null, model: null, workspace: 'w1' },
    error: parts.error ?? null,
    startedAt: AT,
    milliseconds: 5,
  });
}

function routeOf({ route = 'agent', agent = 'knowledge' }: TurnParts, draft: unknown): unknown {
  if (route === null) return null;
  if (route === 'agent') return { kind: 'agent', agent, because: 'test' };
  return route === 'clarify' ? { kind: 'clarify', because: 'test', draft } : { kind: route, because: 'test' };
}

function messageEvent() {
  return {
    kind: 'message',
    externalId: uuid(),
    channel: 'web',
    connection: 'main',
    thread: { key: 't', clearance: 'private' },
    sender: { externalId: 'p' },
    occurredAt: AT,
    text: 'hello',
  };
}

/** What a play of this turn would return: one delivery with one part, unless the turn said nothing. */
export function playedOf(
  turn: Turn,
  options: { readonly alerts?: readonly Alert['kind'][]; readonly channel?: ChannelName } = {},
): Played {
  const { reply } = turn;
  const alerts = (options.alerts ?? []).map((kind) => ({
    id: uuid(),
    kind,
    thread: turn.thread,
    turn: turn.id,
    summary: 'x',
    raisedAt: AT,
    acknowledgedAt: null,
  }));
  if (!reply) return { turns: [turn], sent: [], alerts };
  const delivery = DeliveryRecord.parse({
    id: `${turn.id}.0`,
    turn: turn.id,
    thread: turn.thread,
    handle: turn.handle,
    channel: options.channel ?? 'web',
    connection: 'main',
    threadKey: 't',
    address: 'p',
    replyTo: null,
    messageClass: 'answer',
    reply,
    state: 'sent',
    attempts: 1,
    sequence: 1,
    sentSequence: 1,
    platformId: 'x',
    failure: null,
    losses: [],
    purpose: null,
    createdAt: AT,
    sentAt: AT,
  });
  return { turns: [turn], sent: [{ delivery, parts: [{ text: blocksToText(reply.blocks), payload: {} }] }], alerts };
}

export const NOTHING: Played = { turns: [], sent: [], alerts: [] };

export type FakeWorld = World & { readonly plays: readonly Play[]; readonly isClosed: () => boolean };

/** A world that answers by a function; it keeps what it was asked. */
export function fakeWorld(answer: (play: Play) => Played | Promise<Played>): FakeWorld {
  const plays: Play[] = [];
  let isClosed = false;
  return {
    plays,
    isClosed: () => isClosed,
    play: async (play) => {
      plays.push(play);
      return answer(play);
    },
    close: async () => {
      isClosed = true;
    },
  };
}

export const KNOWN = {
  intent: ['price', 'course-length', 'greeting', 'unclear'],
  tool: ['find_offers', 'my_orders', 'open_ticket'],
  document: ['courses/breathwork-course', 'courses/foundation-programme', 'payments/refund-courses'],
  member: ['1001', '1002'],
} as const;

/** A suite of cases given as lines of YAML. */
export function suiteOf(
  cases: string,
  head = 'gate: [{metric: pass_rate, use: rate, min: 0.5}]\nkind: regression',
): Suite {
  const [suite] = parseSuites([{ file: 'small.yaml', text: `suite: small\n${head}\ncases:\n${cases}` }], KNOWN);
  if (!suite) throw new TypeError('no suite');
  return suite;
}
