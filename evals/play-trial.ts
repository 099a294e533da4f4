/** Plays one case in a world, turn by turn, as the person would: says words, presses what was offered. */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';
import { errorCode, InvalidPayloadError } from '../core/errors.ts';
import type { Trial } from './arrange.ts';
import type { CaseTurn } from './case.ts';
import { comparable, sentOptions } from './sent-text.ts';
import type { PlayedTurn } from './trial.ts';
import type { Play, Played, World } from './world.ts';

/** How the playing ended: `missing_choice` is the platform's fault and fails the trial, `invalid` the case's. */
export type Ending =
  | { readonly kind: 'played' }
  | { readonly kind: 'missing_choice'; readonly label: string; readonly offered: readonly string[] }
  | { readonly kind: 'invalid' | 'error' | 'stuck'; readonly reason: string };

export type Performance = { readonly turns: readonly PlayedTurn[]; readonly ending: Ending };

export type PlayPorts = {
  readonly world: World;
  readonly monotonic: Clock;
  /** A play that takes longer is given up, and its world with it. */
  readonly patienceMs: number;
};

/** Plays until the end, or until something stops it; what was seen before that is kept. */
export async function playTrial(trial: Trial, ports: PlayPorts): Promise<Performance> {
  const turns: PlayedTurn[] = [];
  for (const turn of trial.case.turns) {
    const channel = turn.channel ?? trial.channel;
    const does = actionOf(turn, turns.at(-1)?.played);
    if ('missing' in does) return { turns, ending: does.missing };
    const startedAt = ports.monotonic();
    try {
      if (turn.after !== undefined) await letTimePass(ports.world, turn.after);
      const played = await inTime(ports.world.play({ channel, does, ...personOf(trial, channel) }), ports.patienceMs);
      if (played === LATE) return { turns, ending: stuckAfter(ports.patienceMs) };
      turns.push({ channel, did: wordsOf(turn), played, milliseconds: ports.monotonic() - startedAt });
    } catch (error) {
      return { turns, ending: endingOf(error) };
    }
  }
  return { turns, ending: { kind: 'played' } };
}

function stuckAfter(patienceMs: number): Ending {
  return { kind: 'stuck', reason: `nothing came back within ${patienceMs / 1_000} s` };
}

type Action = Play['does'] | { readonly missing: Ending };

function actionOf({ says, chooses }: CaseTurn, before: Played | undefined): Action {
  if (chooses === undefined) return { says: says ?? '' };
  const options = before ? sentOptions(before) : [];
  const option = options.find(({ label }) => comparable(label) === comparable(chooses));
  if (option) return { chooses: option.token, label: option.label };
  return { missing: { kind: 'missing_choice', label: chooses, offered: options.map(({ label }) => label) } };
}

function wordsOf({ says, chooses }: CaseTurn): string {
  return chooses === undefined ? `says "${says ?? ''}"` : `chooses "${chooses}"`;
}

/** A person and a thread of this trial alone; a member is who they are on the site. */
function personOf({ suite, case: { id, given }, repeat }: Trial, channel: string): Pick<Play, 'thread' | 'sender'> {
  const { ref, locale, member } = given.person;
  const mark = createHash('sha256').update(`${suite} ${id} ${repeat}`).digest('hex').slice(0, 12);
  const externalId = `${ref}-${mark}`;
  return {
    thread: `${channel}-${externalId}`,
    sender: { externalId, locale, ...(member === undefined ? {} : { member }) },
  };
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Throws InvalidPayloadError where the clock of the world cannot be moved. */
async function letTimePass(world: World, after: string): Promise<void> {
  if (!world.wait) {
    const message = `The case waits ${after}, but the clock of this world cannot be moved; remove "after".`;
    throw new InvalidPayloadError('wrong_type', message, { path: 'after' });
  }
  await world.wait(Number.parseInt(after, 10) * (UNITS[after.slice(-1)] ?? 0));
}

const LATE = Symbol('late');

async function inTime<T>(work: Promise<T>, patienceMs: number): Promise<T | typeof LATE> {
  const stop = new AbortController();
  const late = sleep(patienceMs, LATE, { signal: stop.signal, ref: false });
  try {
    return await Promise.race([work, late]);
  } finally {
    stop.abort();
    late.catch(() => undefined);
  }
}

function endingOf(error: unknown): Ending {
  const said = error instanceof Error ? error.message : String(error);
  const kind = error instanceof InvalidPayloadError ? 'invalid' : 'error';
  return { kind, reason: `${errorCode(error)}: ${said}` };
}
