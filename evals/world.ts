/** The world an eval case is played in: the real pipeline behind the real channel rooms, with a transport that keeps what would have been sent. */

import type { Imitation, Part } from '../channels/channel.ts';
import type { DeliveryRecord } from '../core/delivery.ts';
import type { ChannelName } from '../core/event.ts';
import type { Turn } from '../core/turn.ts';
import type { Alert } from '../memory/operators.ts';

/** One thing a person does. `member` makes the sender a proven member of the site, on channels that can prove it. */
export type Play = Pick<Imitation, 'thread' | 'does'> & {
  readonly channel: ChannelName;
  readonly sender: Imitation['sender'] & { readonly member?: string };
};

/** What it caused, once everything has ended: the turns, what would have left and in which shape, new alerts. */
export type Played = {
  readonly turns: readonly Turn[];
  readonly sent: readonly { readonly delivery: DeliveryRecord; readonly parts: readonly Part[] }[];
  readonly alerts: readonly Alert[];
};

export type World = {
  /** Enters by the channel's own door (signed request → verify → parse → inbox), waits for the outbox to be empty. */
  readonly play: (play: Play) => Promise<Played>;
  /** Moves the world's clock on, so that what is due by then happens. Absent: its clock cannot be moved. */
  readonly wait?: (milliseconds: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Makes a world with nothing in it but the seeded workspace. `model` is null for the fallbacks. */
export type OpenWorld = () => Promise<World>;
