/** Pacing: before a call leaves, its connection's pace and its thread's are asked; they delay, and never drop. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ThreadId } from '../../core/ids.ts';
import type { ChannelProfile } from '../../core/profile.ts';
import type { Memory } from '../../memory/memory.ts';
import { connectionKey, type Pace } from '../../memory/paces.ts';

/** A longer wait is not worth a slot of the sender: the delivery goes back to the outbox. */
export const WORTH_WAITING_MS = 2_000;
/** What may be made up for at once after a silence. */
const SLACK_MS = 1_000;

export type Call = {
  readonly channel: string;
  readonly connection: string;
  readonly thread: ThreadId;
  readonly profile: ChannelProfile;
};

/** Resolves when the call may leave: null; or at once with the milliseconds after which it should be tried again. */
export async function waitForTurn({ paces }: Pick<Memory, 'paces'>, call: Call): Promise<number | null> {
  const limits = pacesOf(call);
  if (limits.length === 0) return null;
  const waitMs = await paces.take(limits, WORTH_WAITING_MS);
  if (waitMs === null) return WORTH_WAITING_MS;
  if (waitMs > 0) await sleep(waitMs);
  return null;
}

function pacesOf(call: Call): readonly Pace[] {
  const { rate } = call.profile;
  if (rate === undefined) return [];
  const key = connectionKey(call);
  const overall: Pace = { key, everyMs: 1_000 / rate.perSecond, slackMs: SLACK_MS };
  if (rate.perThread === undefined) return [overall];
  return [overall, { key: `${key}/${call.thread}`, everyMs: 1_000 / rate.perThread, slackMs: SLACK_MS }];
}
