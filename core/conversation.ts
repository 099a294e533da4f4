/** What a turn is shown of its thread: the lines of the present matter, and in short what came before. */
import { z } from 'zod';
import { ThreadLine } from './thread.ts';
import { TurnStatus } from './turn.ts';

/** An earlier turn without its words: what was wanted, and what became of it. */
export const PastTurn = z.object({
  at: z.iso.datetime(),
  intent: z.string().nullable(),
  agent: z.string().nullable(),
  status: TurnStatus,
});
export type PastTurn = z.infer<typeof PastTurn>;

/** One person's part of one thread, as the store tells it. */
export const Conversation = z.object({
  /** The last lines between this person and us, oldest first. */
  lines: z.array(ThreadLine),
  /** What was said until then belongs to a matter that has ended. */
  episodeAt: z.iso.datetime().nullable(),
  /** The last turns, newest first. */
  past: z.array(PastTurn),
  /** What a model made of older lines, up to and with `through`. */
  summary: z.object({ text: z.string(), through: z.iso.datetime() }).nullable(),
});
export type Conversation = z.infer<typeof Conversation>;

/** Who comes back after so long comes with a new matter. */
const SILENCE_MS = 12 * 3_600_000;
/** Room for lines in a prompt, in tokens of about four letters. */
const WINDOW_TOKENS = 1_500;
const LETTERS_PER_TOKEN = 4;
const MAX_PAST = 6;

/**
 * The lines that belong to the matter at hand, oldest first, within the token budget; the newest one always fits.
 * A matter ends where the store says so, and where the person kept silent for twelve hours; waiting for an answer of
 * ours is no silence. `now` is null for a pressed button: it belongs to the message it hung on, however old. Pure.
 */
export function windowOf({ lines, episodeAt }: Conversation, now: number | null): readonly ThreadLine[] {
  const kept: ThreadLine[] = [];
  let next = { at: now ?? 0, isPerson: now !== null };
  let letters = 0;
  for (const line of lines.toReversed()) {
    const at = Date.parse(line.at);
    const hasEnded = episodeAt !== null && at <= Date.parse(episodeAt);
    letters += line.text.length;
    const isFull = kept.length > 0 && letters > WINDOW_TOKENS * LETTERS_PER_TOKEN;
    if (hasEnded || isFull || (next.isPerson && next.at - at > SILENCE_MS)) break;
    kept.unshift(line);
    next = { at, isPerson: line.from === 'person' };
  }
  return kept;
}

/** What came before the window, in short sentences; null when nothing did. No word of a person but what a summary holds. */
export function earlierOf({ past, summary }: Conversation, window: readonly ThreadLine[]): string | null {
  const start = window[0]?.at ?? null;
  const isEarlier = ({ at }: PastTurn): boolean =>
    (start === null || Date.parse(at) < Date.parse(start)) &&
    (summary === null || Date.parse(at) > Date.parse(summary.through));
  const told = past.filter(isEarlier).flatMap((turn) => sentenceOf(turn) ?? []);
  const sentences = [...new Set(told)].slice(0, MAX_PAST).toReversed();
  const parts = [...(summary === null ? [] : [summary.text]), ...sentences];
  return parts.length === 0 ? null : parts.join('\n');
}

/** Lines that left the window and stand in no summary yet. */
export function leftLines({ lines, summary }: Conversation, window: readonly ThreadLine[]): readonly ThreadLine[] {
  const left = lines.slice(0, lines.length - window.length);
  return left.filter(({ at }) => summary === null || Date.parse(at) > Date.parse(summary.through));
}

/** Courtesies and what nobody understood are not worth telling. */
function sentenceOf({ at, intent, agent, status }: PastTurn): string | null {
  const isCourtesy = status === 'ok' && (agent === null || agent === 'supervisor');
  if (intent === null || status === 'superseded' || isCourtesy) return null;
  const matter = intent === 'unclear' ? 'something' : intent.replaceAll('-', ' ');
  return `${at.slice(0, 10)}: asked about ${matter}; ${outcomeOf(status, agent)}.`;
}

function outcomeOf(status: Exclude<PastTurn['status'], 'superseded'>, agent: string | null): string {
  switch (status) {
    case 'ok':
      return `${agent ?? 'the platform'} answered`;
    case 'hand_over':
      return 'it was passed to the team';
    case 'silent':
      return 'a person of the team had the thread';
    case 'error':
      return 'it could not be answered';
  }
}
