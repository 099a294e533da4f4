/** The window of a conversation: the matter at hand, within its budget, and what came before it in short. */
import { describe, expect, it } from 'vitest';
import { type Conversation, earlierOf, leftLines, windowOf } from '../../core/conversation.ts';
import type { ThreadLine } from '../../core/thread.ts';

const NOW = Date.parse('2026-11-22T10:00:00.000Z');
const ago = (minutes: number): string => new Date(NOW - minutes * 60_000).toISOString();
const line = (minutes: number, text: string, from: ThreadLine['from'] = 'person'): ThreadLine => ({
  from,
  text,
  at: ago(minutes),
});
const talk = (change: Partial<Conversation>): Conversation => ({
  lines: [],
  episodeAt: null,
  past: [],
  summary: null,
  ...change,
});
const shown = (change: Partial<Conversation>) => windowOf(talk(change), NOW).map(({ text }) => text);
const past = (minutes: number, intent: string | null, more: Partial<Conversation['past'][number]> = {}) => ({
  at: ago(minutes),
  intent,
  agent: 'sales',
  status: 'ok' as const,
  ...more,
});

describe('the window', () => {
  it('is the lines of the matter at hand, oldest first', () => {
    expect(shown({ lines: [line(5, 'a'), line(4, 'b', 'agent'), line(1, 'c')] })).toEqual(['a', 'b', 'c']);
    expect(shown({})).toEqual([]);
  });

  it('begins after the end of the last matter', () => {
    const lines = [line(9, 'old'), line(8, 'bye', 'agent'), line(1, 'new')];
    expect(shown({ lines, episodeAt: ago(8) })).toEqual(['new']);
    expect(shown({ lines, episodeAt: ago(1) })).toEqual([]);
  });

  it('begins where the person came back after a long silence', () => {
    const hours = (n: number): number => n * 60;
    const lines = [line(hours(40), 'old'), line(hours(39.9), 'answer', 'agent'), line(hours(1), 'new')];
    expect(shown({ lines })).toEqual(['new']);
    expect(shown({ lines: lines.slice(0, 2) })).toEqual([]);
  });

  it('is that of the message a pressed button hung on, however old', () => {
    const old = 60 * 40;
    const conversation = talk({
      lines: [line(60 * 60, 'older'), line(old, 'question'), line(old - 1, 'answer', 'agent')],
    });
    expect(windowOf(conversation, NOW)).toEqual([]);
    expect(windowOf(conversation, null).map(({ text }) => text)).toEqual(['question', 'answer']);
  });

  it('holds on while the person waits for us', () => {
    const hours = (n: number): number => n * 60;
    const lines = [line(hours(30), 'help'), line(hours(2), 'here we are', 'operator'), line(hours(1), 'thanks')];
    expect(shown({ lines })).toEqual(['help', 'here we are', 'thanks']);
  });

  it('keeps to its tokens, and always shows the newest line', () => {
    const long = 'x'.repeat(2_500);
    expect(shown({ lines: [line(3, `a${long}`), line(2, `b${long}`), line(1, `c${long}`)] })).toHaveLength(2);
    expect(shown({ lines: [line(1, 'y'.repeat(50_000))] })).toHaveLength(1);
  });
});

describe('what came before', () => {
  it('is told in short sentences without anybody’s words, oldest first', () => {
    const turns = [
      past(5, 'price'),
      past(60, 'charged-twice', { agent: 'support', status: 'hand_over' }),
      past(70, 'price'),
    ];
    const window = [line(5, 'how much')];
    expect(earlierOf(talk({ past: turns }), window)).toBe(
      '2026-11-22: asked about price; sales answered.\n2026-11-22: asked about charged twice; it was passed to the team.',
    );
  });

  it('leaves out courtesies, repetitions and what a summary holds', () => {
    const turns = [
      past(10, 'greeting', { agent: 'supervisor' }),
      past(20, null),
      past(30, 'price'),
      past(31, 'price'),
      past(90, 'opening-hours'),
    ];
    const summary = { text: 'They asked when it begins.', through: ago(60) };
    expect(earlierOf(talk({ past: turns, summary }), [line(1, 'x')])).toBe(
      'They asked when it begins.\n2026-11-22: asked about price; sales answered.',
    );
    expect(earlierOf(talk({}), [])).toBeNull();
  });

  it('has lines to condense only once they left the window, and once', () => {
    const lines = [line(9, 'a'), line(8, 'b'), line(1, 'c')];
    const conversation = talk({ lines, episodeAt: ago(8) });
    const window = windowOf(conversation, NOW);
    expect(leftLines(conversation, window).map(({ text }) => text)).toEqual(['a', 'b']);
    const summary = { text: 's', through: ago(9) };
    expect(leftLines({ ...conversation, summary }, window).map(({ text }) => text)).toEqual(['b']);
  });
});
