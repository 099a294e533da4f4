/** The widget's conversation with the server: history, stream and queue brought together into signals. */
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { Option } from '../../core/block.ts';
import { backoffMs } from '../stream/backoff.ts';
import type { Clock } from '../stream/clock.ts';
import type { ServerEvent } from '../stream/event-parser.ts';
import { followStream, type Stream } from '../stream/follow.ts';
import { type ChatApi, createChatApi, type Welcome } from './chat-api.ts';
import {
  type Conversation,
  countUnread,
  emptyConversation,
  type Happening,
  happen,
  type PersonLine,
  type ReplyLine,
} from './conversation.ts';
import type { Keep } from './keep.ts';
import { type Outgoing, SendQueue } from './send-queue.ts';
import type { Tabs } from './tabs.ts';

export type ChatPorts = {
  readonly base: string;
  readonly locale: string;
  readonly keep: Keep;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly random: () => number;
  /** Mints a UUID. */
  readonly mintId: () => string;
  readonly tabs: Tabs;
};

export type Chat = {
  readonly conversation: ReadonlySignal<Conversation>;
  /** Null until the server has answered for the first time. */
  readonly welcome: ReadonlySignal<Welcome | null>;
  readonly isConnected: ReadonlySignal<boolean>;
  /** True once the history is in: what comes after it is news. */
  readonly isReady: ReadonlySignal<boolean>;
  readonly unread: ReadonlySignal<number>;
  readonly say: (text: string) => void;
  readonly choose: (option: Option) => void;
  readonly tryAgain: () => void;
  /** Takes back what was refused; returns its words. */
  readonly withdraw: (id: string) => void;
  readonly markSeen: () => void;
  /** Connects, if it is not connected; may be called as often as one likes. */
  readonly connect: () => void;
  /** Lets the stream go, for a page that nobody looks at; `connect` brings it back where it was. */
  readonly rest: () => void;
};

const SEEN = 'seen';
/** A turn ends in 45 s; dots that move longer promise something that does not come. */
const TYPING_MS = 50_000;

type State = ReturnType<typeof createState>;

/** A chat that does nothing until `connect` is called. */
export function openChat(ports: ChatPorts): Chat {
  const state = createState(ports);
  const api = createChatApi({ ...ports, onForgotten: () => void afterForgotten(state, api) });
  const queue = new SendQueue({
    ...ports,
    post: (outgoing) => api.post(outgoing),
    onState: (id, sendState) => {
      state.apply({ kind: 'send-state', id, state: sendState });
      const line = state.conversation.value.lines.find((one) => one.id === id);
      if (sendState === 'sent' && line?.from === 'person') ports.tabs.tell(line);
    },
  });
  ports.tabs.hear((line) => state.apply({ kind: 'said', line }));
  const speak = createSpeech({ ports, state, queue });
  const connection = createConnection({ ports, state, queue, api });
  return {
    ...speak,
    ...connection,
    conversation: state.conversation,
    welcome: state.welcome,
    isConnected: state.isConnected,
    isReady: state.isReady,
    unread: computed(() => countUnread(state.conversation.value, state.seen.value)),
    markSeen: () => state.markSeen(),
  };
}

function createState({ clock, keep }: ChatPorts) {
  const conversation = signal<Conversation>(emptyConversation);
  const seen = signal(Number.parseInt(keep.get(SEEN) ?? '0', 10) || 0);
  let calmDown = () => {};
  const apply = (happening: Happening) => {
    conversation.value = happen(conversation.value, happening);
    calmDown();
    if (conversation.value.isTyping) calmDown = clock.after(TYPING_MS, () => apply({ kind: 'quiet' }));
  };
  return {
    conversation,
    seen,
    apply,
    welcome: signal<Welcome | null>(null),
    isConnected: signal(true),
    isReady: signal(false),
    markSeen: () => {
      const { lastSequence } = conversation.value;
      if (lastSequence <= seen.value) return;
      seen.value = lastSequence;
      keep.set(SEEN, String(lastSequence));
    },
    forget: () => {
      seen.value = 0;
      keep.remove(SEEN);
      apply({ kind: 'forgotten' });
    },
  };
}

async function afterForgotten(state: State, api: ChatApi): Promise<void> {
  state.forget();
  const history = await api.history();
  if (history !== null) state.apply({ kind: 'history', ...history });
}

type Speech = { readonly ports: ChatPorts; readonly state: State; readonly queue: SendQueue };

function createSpeech({ ports, state, queue }: Speech): Pick<Chat, 'say' | 'choose' | 'tryAgain' | 'withdraw'> {
  const speak = (words: Pick<Outgoing, 'text' | 'choose'>) => {
    const outgoing = { id: ports.mintId(), at: new Date(ports.clock.now()).toISOString(), ...words };
    state.apply({ kind: 'said', line: lineOf(outgoing) });
    queue.add(outgoing);
  };
  return {
    say: (text) => {
      if (text.trim() !== '') speak({ text: text.trim() });
    },
    choose: (option) => speak({ text: option.label, choose: option.token }),
    tryAgain: () => queue.hurry(),
    withdraw: (id) => {
      queue.drop(id);
      state.apply({ kind: 'withdrawn', id });
    },
  };
}

function lineOf(outgoing: Outgoing): PersonLine {
  return { ...outgoing, from: 'person', state: 'sending' };
}

type Wiring = Speech & { readonly api: ChatApi };

function createConnection({ ports, state, queue, api }: Wiring): Pick<Chat, 'connect' | 'rest'> {
  let stream: Stream | null = null;
  let isStarting = false;

  const begin = async () => {
    isStarting = true;
    for (const outgoing of queue.restore()) state.apply({ kind: 'said', line: lineOf(outgoing) });
    const welcome = await untilThere(() => api.start(), ports, state);
    state.welcome.value = welcome;
    const history = await untilThere(() => api.history(), ports, state);
    for (const line of history.lines) queue.drop(line.id);
    state.apply({ kind: 'history', ...history });
    state.isReady.value = true;
    state.isConnected.value = true;
    isStarting = false;
    follow();
  };

  const follow = () => {
    stream = followStream({
      ...ports,
      lastEventId: String(state.conversation.value.lastSequence),
      open: (lastEventId, signal) => api.stream(lastEventId, signal),
      onEvent: (event) => {
        const happening = readEvent(event);
        if (happening) state.apply(happening);
      },
      onState: (streamState) => {
        if (streamState === 'open') queue.hurry();
        if (streamState === 'open' || streamState === 'waiting') {
          state.isConnected.value = streamState === 'open';
          // What was on its way is lost with the connection; the whole reply will come.
          state.apply({ kind: 'quiet' });
        }
      },
    });
  };

  return {
    connect: () => {
      if (stream !== null) stream.hurry();
      else if (!isStarting) void (state.isReady.value ? follow() : begin());
    },
    rest: () => {
      stream?.close();
      stream = null;
    },
  };
}

/** Asks again and again, with growing pauses, until there is an answer. */
async function untilThere<Result>(
  ask: () => Promise<Result | null>,
  { clock, random }: ChatPorts,
  { isConnected }: State,
): Promise<Result> {
  for (let attempt = 0; ; attempt += 1) {
    const result = await ask();
    if (result !== null) return result;
    isConnected.value = false;
    await new Promise<void>((resolve) => void clock.after(backoffMs(attempt, random), resolve));
  }
}

type StreamData = ReplyLine & { readonly turn: string; readonly at: number; readonly text: string };

/** What an event of the stream means; null for kinds this page does not know and for data that is not JSON. */
function readEvent({ name, data }: ServerEvent): Happening | null {
  const value = parseData(data);
  if (value === null) return null;
  switch (name) {
    case 'message':
      return { kind: 'reply', line: value };
    case 'delta':
      return { kind: 'delta', turn: value.turn, at: value.at, text: value.text };
    case 'reset':
      return { kind: 'reset', turn: value.turn };
    case 'typing':
    case 'turn-end':
      return { kind: name };
    default:
      return null;
  }
}

function parseData(data: string): StreamData | null {
  try {
    return JSON.parse(data) as StreamData;
  } catch {
    return null;
  }
}
