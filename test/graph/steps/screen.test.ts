/** screen: the burst, and what the last lines say together with it; never the same alarm twice. */
import { describe, expect, it } from 'vitest';
import type { ThreadLine } from '../../../core/thread.ts';
import { screen } from '../../../graph/steps/screen.ts';
import { burstOf, conversationOf, memoryOf, passOf, portsOf, says, stateOf } from '../support.ts';

type Said = readonly (readonly [from: ThreadLine['from'], text: string])[];

async function levelOf(text: string, lines: Said = [], events = 1) {
  const at = '2026-11-22T09:00:00.000Z';
  const asked: number[] = [];
  const memory = memoryOf({
    threads: {
      conversation: ({ limit }) => {
        asked.push(limit);
        const said = lines.map(([from, line]) => ({ from, text: line, at })).slice(-limit);
        return Promise.resolve(conversationOf({ lines: said }));
      },
    },
  });
  const burst = burstOf(Array.from({ length: events }, (_, index) => says(text, String(index))));
  const { screening } = await screen(stateOf({ burst }), passOf({ ports: portsOf({ memory }), text }));
  return screening;
}

describe('screen', () => {
  it('reads the burst', async () => {
    expect(await levelOf('I want to die')).toMatchObject({ level: 'crisis' });
    expect(await levelOf('How much is it?')).toEqual({ level: 'clear', findings: [] });
  });

  it('reads what was spread over several messages', async () => {
    expect(await levelOf('to die', [['person', 'I want']])).toMatchObject({ level: 'crisis' });
    expect(
      await levelOf('die', [
        ['person', 'I'],
        ['person', 'want'],
        ['person', 'to'],
      ]),
    ).toMatchObject({ level: 'crisis' });
  });

  it('reads the person’s lines only', async () => {
    expect(await levelOf('to die', [['agent', 'Do you want']])).toMatchObject({ level: 'clear' });
    expect(
      await levelOf('to die', [
        ['person', 'I want'],
        ['agent', 'to learn?'],
        ['operator', 'Hello'],
      ]),
    ).toMatchObject({
      level: 'crisis',
    });
  });

  it('looks back three lines and no further', async () => {
    const lines: Said = [
      ['person', 'I want'],
      ['person', 'a'],
      ['person', 'b'],
      ['person', 'c'],
    ];
    expect(await levelOf('to die', lines)).toMatchObject({ level: 'clear' });
  });

  it('does not alarm again for a line that has had its answer', async () => {
    expect(await levelOf('thank you', [['person', 'I want to die']])).toMatchObject({ level: 'clear' });
    expect(await levelOf('I want to die', [['person', 'I want to die']])).toMatchObject({ level: 'crisis' });
  });

  it('joins lines for crisis only: other words do not add up', async () => {
    expect(await levelOf('you', [['person', 'fuck']])).toMatchObject({ level: 'clear' });
  });

  it('notes a flood, and nothing more', async () => {
    expect(await levelOf('hi', [], 20)).toMatchObject({ level: 'clear' });
    expect(await levelOf('hi', [], 21)).toEqual({ level: 'note', findings: [{ hazard: 'flood', rule: 'burst-size' }] });
  });
});
