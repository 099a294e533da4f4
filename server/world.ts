/** The world evals play in: the whole platform in memory, every channel room, and a transport that keeps what it is given. */
import { uuidv7 } from 'uuidv7';
import type { ChannelRoom, Connection, Part, WebhookRequest } from '../channels/channel.ts';
import { channelRooms } from '../channels/registry.ts';
import { PermanentError, TransientError } from '../core/errors.ts';
import type { ChannelName } from '../core/event.ts';
import type { DeliveryId, ThreadId } from '../core/ids.ts';
import type { OpenWorld, Play, Played, World } from '../evals/world.ts';
import type { Memory } from '../memory/memory.ts';
import type { ModelSettings } from './model.ts';
import type { Log } from './outside.ts';
import { openPlatform, type Platform } from './platform.ts';
import { type TrainIntents, trainIntents } from './train-intents.ts';
import { acceptRequest } from './webhook-routes.ts';
import { readWorkspace } from './workspace.ts';

export type WorldOptions = {
  readonly workspaceFolder: string;
  /** Empty: the agents' fallbacks answer. */
  readonly model?: ModelSettings;
  readonly log?: Log;
};

/** Long enough for a turn's own deadline. */
const PATIENCE_MS = 60_000;
const POLL_MS = 15;
const SILENT: Log = { warn: () => undefined, info: () => undefined };

/** One door per channel: the connection, and how its platform would knock. */
type Door = {
  readonly connection: Connection;
  readonly knock: (play: Play, at: string) => WebhookRequest;
};

/** Reads the workspace once; each call of the result opens a world of its own. */
export async function worldOpener(options: WorldOptions): Promise<OpenWorld> {
  const workspace = await readWorkspace(options.workspaceFolder);
  const train = trainOnce();
  return async () => {
    const sent = new Map<DeliveryId, Part[]>();
    const doors = openDoors(sent);
    const platform = await openPlatform({
      location: { kind: 'memory' },
      redisUrl: null,
      workspace,
      model: options.model ?? {},
      connections: () => Promise.resolve(doors.map((door) => door.connection)),
      train,
      clock: Date.now,
      monotonic: () => performance.now(),
      mint: uuidv7,
      pid: process.pid,
      log: options.log ?? SILENT,
      // Whatever is played then fails by itself, and says why.
      end: () => undefined,
    });
    return createWorld(platform, { doors, sent });
  };
}

/** All worlds have the same exemplars: the first one trains for all. */
function trainOnce(): TrainIntents {
  let first: Promise<Uint8Array> | null = null;
  return (lesson) => {
    first ??= trainIntents(lesson);
    return first;
  };
}

type WorldParts = { readonly doors: readonly Door[]; readonly sent: Map<DeliveryId, Part[]> };

function createWorld(platform: Platform, { doors, sent }: WorldParts): World {
  const { memory } = platform;
  return {
    play: async (play) => {
      const door = doors.find(({ connection }) => connection.channel === play.channel);
      if (!door) throw new PermanentError('unknown_name', `There is no channel "${play.channel}" in the world.`);
      const before = new Set(await idsOf(memory));
      const seen: { thread: ThreadId | null } = { thread: null };
      const stop = platform.live.listen((note) => {
        if (note.kind === 'event-in') seen.thread ??= note.thread;
      });
      const now = Date.now();
      await acceptRequest(platform, door.connection, { request: door.knock(play, new Date(now).toISOString()), now });
      stop();
      if (!seen.thread) return { turns: [], sent: [], alerts: [] };
      return collect(platform, { thread: seen.thread, before, sent });
    },
    close: platform.close,
  };
}

type Collecting = {
  readonly thread: ThreadId;
  readonly before: ReadonlySet<string>;
  readonly sent: ReadonlyMap<DeliveryId, Part[]>;
};

/** Waits until nothing of the thread is pending or on its way, then reads what happened. */
async function collect(platform: Platform, { thread, before, sent }: Collecting): Promise<Played> {
  const { memory } = platform;
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    if (!(await isBusy(memory, thread))) break;
    if (performance.now() > deadline) {
      throw new TransientError('model_timeout', `Thread ${thread} was still busy after ${PATIENCE_MS / 1000} s.`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const summaries = await memory.turns.list({ thread, limit: 10 });
  const recent = summaries.filter((turn) => !before.has(turn.id)).toReversed();
  const turns = await Promise.all(recent.map((turn) => memory.turns.get(turn.id)));
  const records = await Promise.all(turns.flatMap((turn) => turn.deliveries).map((id) => memory.outbox.get(id)));
  const alerts = await memory.operators.alerts({ open: false, limit: 1000 });
  return {
    turns,
    sent: records.flatMap((delivery) => (delivery ? [{ delivery, parts: sent.get(delivery.id) ?? [] }] : [])),
    alerts: alerts.filter((alert) => alert.thread === thread && !before.has(alert.id)),
  };
}

/** Everything that was there before a play: alerts and turns. */
async function idsOf(memory: Memory): Promise<readonly string[]> {
  const [alerts, turns] = await Promise.all([
    memory.operators.alerts({ open: false, limit: 1000 }),
    memory.turns.list({ limit: 1000 }),
  ]);
  return [...alerts, ...turns].map(({ id }) => id);
}

/** A reminder that waits for its day is not due and keeps nobody waiting. */
async function isBusy(memory: Memory, thread: ThreadId): Promise<boolean> {
  const entries = await memory.operators.entries(thread, 50);
  if (entries.some((entry) => entry.kind === 'event' && entry.state === 'pending')) return true;
  const due = await memory.outbox.list(thread, { after: 0, limit: 200 });
  return due.some((delivery) => delivery.state === 'queued' || delivery.state === 'claimed');
}

/** What every room is opened with: made up, but of the right form. */
const SETTINGS: Readonly<Record<ChannelName, object>> = {
  web: { secret: 'a secret that only this world has' },
  telegram: { token: '1:world', webhookSecret: 'world' },
  facebook: { appSecret: 'world-secret', verifyToken: 'world', pageToken: 'world', pageId: '1' },
  buddyboss: { url: 'https://world.example', secret: 'whsec_d29ybGQtd29ybGQtd29ybGQtd29ybGQ=' },
};

/** Every room opens with settings of its own; only its way out is replaced. */
function openDoors(sent: Map<DeliveryId, Part[]>): readonly Door[] {
  return Object.values(channelRooms).map((room) => doorOf(room, sent));
}

function doorOf(room: ChannelRoom<unknown>, sent: Map<DeliveryId, Part[]>): Door {
  const settings = SETTINGS[room.name];
  const nowhere = (): Promise<never> =>
    Promise.reject(new TransientError('channel_unavailable', 'A world has no outside.'));
  const ports = { fetch: nowhere, clock: Date.now, sendTimeoutMs: 1_000, warn: () => undefined };
  const opened = room.open({ name: 'main', settings, ports });
  const { poll: _poll, register: _register, showTyping: _showTyping, acknowledge: _acknowledge, ...inside } = opened;
  const connection: Connection = {
    ...inside,
    // People in a world finish their sentence; the quiet window has its own tests.
    profile: { ...opened.profile, burst: { quietMs: 0, capMs: 0 } },
    send: (part, target) => {
      sent.set(target.id, [...(sent.get(target.id) ?? []), part]);
      return Promise.resolve({ kind: 'sent', platformId: target.id });
    },
  };
  return {
    connection,
    knock: ({ thread, does, sender }, at) =>
      room.imitate({ externalId: uuidv7(), thread, does, sender: senderOf(room.name, sender), at }, settings),
  };
}

/** On the web a member's token carries the member's id; BuddyBoss people are members by their own id. */
function senderOf(channel: Connection['channel'], { member, ...sender }: Play['sender']) {
  if (member === undefined) return sender;
  return { ...sender, externalId: channel === 'web' ? `member:${member}` : member };
}
