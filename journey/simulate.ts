/** Plays happenings and days against a definition, and tells for each what it moved or why it did not. Pure. */
import { InvalidPayloadError } from '../core/errors.ts';
import { hoursOf, type JourneyDefinition, type JourneyEffect, type JourneyState, type Move } from '../core/journey.ts';
import { transitionsOf } from './definition.ts';
import { evidenceIn } from './evidence.ts';
import { type Advance, createJourneyMachine, type Happening, type JourneyNow } from './machine.ts';

/** One line of a script: something happens, time passes, or something is true from now on. */
export type ScriptStep =
  | { readonly kind: 'happens'; readonly happenings: readonly Happening[] }
  | { readonly kind: 'says'; readonly text: string }
  | { readonly kind: 'waits'; readonly after: string }
  | { readonly kind: 'is'; readonly change: Partial<Pick<JourneyNow, 'isMember' | 'consents'>> };

export type PlayedStep = {
  /** As it was written. */
  readonly step: string;
  /** When it was over, ISO 8601. */
  readonly at: string;
  readonly moves: readonly Move[];
  readonly effects: readonly { readonly transition: string; readonly effect: JourneyEffect }[];
  readonly refusals: Advance['refusals'];
  /** Why nothing could come of it at all; absent: something waits for it somewhere. */
  readonly unheard?: string;
  readonly state: JourneyState;
};

/** How a line is written, for messages and help. */
export const SCRIPT_HELP =
  'message · event:NAME · intent:NAME · flag:NAME · click:NAME · tool:NAME or tool:NAME=refused · evidence:NAME@0.8 · say:WORDS · 3d · 12h · member · consent:news or consent:news=no';

const MAX_WAIT_HOURS = 24 * 366 * 3;

/** Reads one line. Throws InvalidPayloadError('malformed') for anything else; `place` is told, e.g. `events.txt:3`. */
export function parseStep(line: string, place: string): ScriptStep {
  const text = line.trim();
  const [, head = '', rest] = /^([a-z_]+)(?::(.*))?$/is.exec(text) ?? [];
  if (/^\d+[hd]$/.test(text) && hoursOf(text) <= MAX_WAIT_HOURS) return { kind: 'waits', after: text };
  if (head === 'say' && rest) return { kind: 'says', text: rest };
  if (head === 'member' && rest === undefined) return { kind: 'is', change: { isMember: true } };
  const consent = /^consent:(news|outreach)(=no)?$/.exec(text);
  if (consent?.[1]) return { kind: 'is', change: { consents: { [consent[1]]: consent[2] === undefined } } };
  const happening = rest === undefined && head !== '' ? eventOf(head) : named(head, rest ?? '');
  if (happening) return { kind: 'happens', happenings: [happening] };
  throw new InvalidPayloadError('malformed', `${place}: "${text}" is no step: write one of ${SCRIPT_HELP}`, {
    path: place,
  });
}

function eventOf(name: string): Happening {
  return { kind: 'event', name };
}

function named(kind: string, rest: string): Happening | null {
  const [, name = '', value] = /^([a-z][a-z0-9_-]*)(?:[=@]([a-z0-9.]+))?$/.exec(rest) ?? [];
  if (name === '') return null;
  switch (kind) {
    case 'event':
    case 'intent':
    case 'flag':
    case 'click':
      return value === undefined ? { kind, name } : null;
    case 'tool':
      return value === undefined || value === 'ok' || value === 'refused' || value === 'failed'
        ? { kind, name, outcome: value ?? 'ok' }
        : null;
    case 'evidence':
      return Number(value ?? 1) <= 1 ? { kind, about: name, confidence: Number(value ?? 1) } : null;
    default:
      return null;
  }
}

export type Simulation = {
  readonly state: JourneyState;
  readonly now: JourneyNow;
  readonly steps: readonly { readonly text: string; readonly step: ScriptStep }[];
};

/** Time passes hour by hour, as the server's timers would find it; otherwise nothing takes any time. */
export function simulate(definition: JourneyDefinition, simulation: Simulation): readonly PlayedStep[] {
  const machine = createJourneyMachine(definition);
  let { state, now } = simulation;
  return simulation.steps.map(({ text, step }) => {
    now = nowAfter(now, step);
    const result =
      step.kind === 'waits'
        ? passTime(machine, state, { after: step.after, now })
        : machine.advance(state, happeningsOf(definition, step), withoutQuiet(now));
    if (step.kind === 'waits') now = { ...now, now: now.now + hoursOf(step.after) * HOUR_MS };
    state = result.state;
    const { moves, effects, refusals } = result;
    const unheard = unheardOf(definition, step, result);
    const at = new Date(now.now).toISOString();
    return { step: text, at, moves, effects, refusals, ...(unheard === null ? {} : { unheard }), state };
  });
}

const HOUR_MS = 3_600_000;

/** Somebody who acts is awake. */
function withoutQuiet({ quiet: _quiet, ...now }: JourneyNow): JourneyNow {
  return now;
}

function nowAfter(now: JourneyNow, step: ScriptStep): JourneyNow {
  if (step.kind !== 'is') return now;
  const consents = { ...now.consents, ...step.change.consents };
  return { ...now, ...step.change, consents };
}

function happeningsOf(definition: JourneyDefinition, step: ScriptStep): readonly Happening[] {
  if (step.kind === 'happens') return step.happenings;
  if (step.kind !== 'says') return [];
  return [eventOf('message'), ...evidenceIn(definition, step.text)];
}

type Machine = ReturnType<typeof createJourneyMachine>;

/** What is refused hour after hour is told once, as it stands at the end. */
function passTime(
  machine: Machine,
  state: JourneyState,
  { after, now }: { readonly after: string; readonly now: JourneyNow },
): Advance {
  const all: { moves: Move[]; effects: Advance['effects'][number][] } = { moves: [], effects: [] };
  let last: Advance = { state, moves: [], effects: [], refusals: [] };
  for (let hour = 1; hour <= hoursOf(after); hour += 1) {
    last = machine.advance(last.state, [], { ...now, now: now.now + hour * HOUR_MS });
    all.moves.push(...last.moves);
    all.effects.push(...last.effects);
  }
  return { state: last.state, ...all, refusals: last.refusals };
}

function unheardOf(definition: JourneyDefinition, step: ScriptStep, { moves, refusals }: Advance): string | null {
  if (moves.length > 0 || refusals.length > 0) return null;
  if (step.kind === 'is') return null;
  if (step.kind === 'waits') return 'no time transition is due';
  if (step.kind === 'says') return 'no transition waits for a message or these words here';
  const [happening] = step.happenings;
  const waits = transitionsOf(definition).filter(({ on }) => {
    if (happening === undefined || on.kind !== happening.kind) return false;
    if (on.kind === 'evidence') return happening.kind === 'evidence' && on.about === happening.about;
    return 'name' in on && 'name' in happening && on.name === happening.name;
  });
  if (waits.length === 0) return 'no transition waits for this';
  return `${waits.map(({ id }) => id).join(', ')}: not sure enough, or another outcome`;
}
