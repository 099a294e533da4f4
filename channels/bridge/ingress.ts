/** Ingress: what came in becomes durable, then somebody is woken. */
import { errorCode } from '../../core/errors.ts';
import { eventText, type InboundEvent, skipsBurstWindow, wantsAnswer } from '../../core/event.ts';
import type { PersonId } from '../../core/ids.ts';
import type { ChannelProfile } from '../../core/profile.ts';
import type { Accepted, Arrival } from '../../memory/inbox.ts';
import type { Memory } from '../../memory/memory.ts';
import type { Connection } from '../channel.ts';
import type { WakeQueue } from './queue.ts';

export type IngressParts = {
  readonly memory: Pick<Memory, 'inbox'>;
  readonly queue: Pick<WakeQueue, 'wakeLane'>;
  /** The crisis floor; a hit needs neither the window nor the queue. */
  readonly isCrisis: (text: string) => boolean;
  /** Runs a lane at once, in this process. */
  readonly runLane: (lane: PersonId) => Promise<void>;
  /** A newer message for a turn that may be running here. */
  readonly interrupt: (accepted: Accepted, options: { readonly isCrisis: boolean }) => void;
  readonly log: { readonly warn: (message: string, data: object) => void };
};

export type Ingress = {
  /** Resolves when the events are durable. Throws TransientError('store_down'); then nothing was stored. */
  readonly accept: (
    connection: Pick<Connection, 'profile'>,
    events: readonly InboundEvent[],
    raw: string,
  ) => Promise<readonly Accepted[]>;
};

export function createIngress(parts: IngressParts): Ingress {
  return {
    accept: async ({ profile }, events, raw) => {
      const arrivals = events.map((event) => toArrival(event, { profile, isCrisis: parts.isCrisis }));
      const accepted = await parts.memory.inbox.append(arrivals, raw);
      for (const [index, entry] of accepted.entries()) {
        const arrival = arrivals[index];
        if (arrival && entry.isNew && arrival.ignored === undefined) wakeUp(parts, entry, arrival);
      }
      return accepted;
    },
  };
}

type ArrivalRules = { readonly profile: ChannelProfile; readonly isCrisis: (text: string) => boolean };

function toArrival(event: InboundEvent, { profile, isCrisis }: ArrivalRules): Arrival {
  const immediate = skipsBurstWindow(event) || isCrisis(eventText(event));
  const arrival = { event, burst: { ...profile.burst, immediate } };
  if (wantsAnswer(event)) return arrival;
  return { ...arrival, ignored: event.kind === 'unsupported' ? event.reason : `${event.kind} asks for no answer` };
}

/** The wake-up is a hint: when it fails, the sweeper finds the row. A crisis does not wait for the sweeper. */
function wakeUp(parts: IngressParts, accepted: Accepted, arrival: Arrival): void {
  const isCrisis = parts.isCrisis(eventText(arrival.event));
  parts.interrupt(accepted, { isCrisis });
  if (isCrisis) {
    parts.runLane(accepted.lane).catch((error: unknown) => {
      parts.log.warn('crisis lane failed at ingress; the sweeper takes it', { code: errorCode(error) });
    });
    return;
  }
  parts.queue.wakeLane(accepted.lane).catch((error: unknown) => {
    parts.log.warn('wake-up not queued; the sweeper takes it', { code: errorCode(error), lane: accepted.lane });
  });
}
