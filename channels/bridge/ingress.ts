/** Ingress: what came in becomes durable, then somebody is woken. */
import { errorCode } from '../../core/errors.ts';
import { eventText, type InboundEvent, skipsBurstWindow, wantsAnswer } from '../../core/event.ts';
import type { PersonId } from '../../core/ids.ts';
import type { ChannelProfile } from '../../core/profile.ts';
import type { Accepted, Arrival } from '../../memory/inbox.ts';
import type { Memory } from '../../memory/memory.ts';
import type { Connection } from '../channel.ts';
import type { Count } from './count.ts';
import type { Pressure } from './pressure.ts';

export type IngressParts = {
  readonly memory: Pick<Memory, 'inbox'>;
  readonly wakeLane: (lane: PersonId) => Promise<void>;
  readonly pressure: Pressure;
  readonly count: Count;
  /** The crisis floor; a hit needs neither the window nor the queue. */
  readonly isCrisis: (text: string) => boolean;
  /** Runs a lane at once, in this process. */
  readonly runLane: (lane: PersonId) => Promise<void>;
  /** A newer message for a turn that may be running here. */
  readonly interrupt: (accepted: Accepted, options: { readonly isCrisis: boolean }) => void;
  readonly log: { readonly warn: (message: string, data: object) => void };
};

export type Ingress = {
  /**
   * Resolves when the events are durable. Throws TransientError: `store_down`, or `overloaded` (with `afterMs`) when too much
   * waits and nobody's life is at stake; then nothing was stored.
   */
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
      guardDepth(parts, arrivals);
      const accepted = await parts.memory.inbox.append(arrivals, raw);
      countArrivals(parts, arrivals, accepted);
      for (const [index, entry] of accepted.entries()) {
        const arrival = arrivals[index];
        if (arrival && entry.isNew && arrival.ignored === undefined) wakeUp(parts, entry, arrival);
      }
      return accepted;
    },
  };
}

/** What asks for no answer makes nobody wait; crisis words are always taken. */
function guardDepth({ pressure, isCrisis, count }: IngressParts, arrivals: readonly Arrival[]): void {
  const mayComeIn = arrivals.every(({ ignored }) => ignored !== undefined);
  if (mayComeIn || arrivals.some(({ event }) => isCrisis(eventText(event)))) return;
  try {
    pressure.refuseIfFull();
  } catch (error) {
    count('refused_events', { channel: arrivals[0]?.event.channel ?? 'none' }, arrivals.length);
    throw error;
  }
}

function countArrivals(parts: IngressParts, arrivals: readonly Arrival[], accepted: readonly Accepted[]): void {
  const repeated = accepted.filter(({ isNew }) => !isNew).length;
  if (repeated > 0) parts.count('dedupe_hits', { channel: arrivals[0]?.event.channel ?? 'none' }, repeated);
  parts.pressure.add(accepted.filter(({ isNew }, index) => isNew && arrivals[index]?.ignored === undefined).length);
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
  parts.wakeLane(accepted.lane).catch((error: unknown) => {
    parts.log.warn('wake-up not queued; the sweeper takes it', { code: errorCode(error), lane: accepted.lane });
  });
}
