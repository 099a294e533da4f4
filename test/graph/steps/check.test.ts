/** check: each rule with what it refuses and what it lets pass; nothing that was refused is in the reply. */
import { describe, expect, it } from 'vitest';
import type { Draft } from '../../../core/reply.ts';
import type { ToolCall } from '../../../core/tool-call.ts';
import { check, checkDraft, fixedReply } from '../../../graph/steps/check.ts';
import { draftOf, passOf, stateOf, threadOf, wordsOf } from '../support.ts';

const words = {
  rules: { allowedHosts: ['school.example'], isPublic: false },
  clearance: 'private',
  safeText: 'SAFE',
  noAnswer: 'NO ANSWER',
  asked: 'how long?',
  toPrivate: 'TO PRIVATE',
} as const;
const inPublic = { ...words, rules: { ...words.rules, isPublic: true }, clearance: 'public' } as const;
const amongMembers = { ...inPublic, clearance: 'members' } as const;

function call(name: string, change: Partial<ToolCall> = {}): ToolCall {
  return { name, arguments: {}, by: 'model', outcome: 'ok', result: {}, milliseconds: 1, ...change };
}

function say(text: string, change: Partial<Draft> = {}): Draft {
  return draftOf({ blocks: [{ kind: 'text', text }], ...change });
}

describe('checkDraft', () => {
  it('lets a plain draft pass as it is', () => {
    const draft = say('We are open.');
    expect(checkDraft(draft, words)).toEqual({ draft, verdict: { outcome: 'allowed', objections: [] } });
  });

  it('cuts out what can be cut out, and says so', () => {
    const { draft, verdict } = checkDraft(say('See https://evil.example now.'), words);
    expect(wordsOf(draft)).toBe('See now.');
    expect(verdict).toEqual({ outcome: 'changed', objections: ['foreign_link'] });
  });

  it('replaces everything when one part holds a secret', () => {
    const draft = draftOf({
      blocks: [
        { kind: 'text', text: 'Harmless.' },
        { kind: 'text', text: 'sk-proj-abcdefghijklmnop' },
      ],
      citations: ['help/hours#0'],
    });
    const checked = checkDraft(draft, words);
    expect(wordsOf(checked.draft)).toBe('SAFE');
    expect(checked.draft.citations).toEqual([]);
    expect(checked.verdict).toEqual({ outcome: 'replaced', objections: ['secret'] });
  });

  it('replaces what was nothing but a foreign link', () => {
    expect(wordsOf(checkDraft(say('https://evil.example'), words).draft)).toBe('SAFE');
  });

  it.each(['my_courses', 'next_lesson', 'mark_done', 'my_orders', 'find_ticket', 'open_ticket', 'request_refund'])(
    'says nothing that rests on %s where others read along',
    (tool) => {
      const draft = say('You owe 90 euro.', { toolCalls: [call('find_offers'), call(tool)] });
      for (const place of [inPublic, amongMembers]) {
        const checked = checkDraft(draft, place);
        expect(wordsOf(checked.draft)).toBe('TO PRIVATE');
        expect(checked.verdict).toEqual({ outcome: 'replaced', objections: ['personal_in_public'] });
      }
      expect(checkDraft(draft, words).verdict.outcome).toBe('allowed');
      // What was refused or failed told nothing.
      const refused = say('480 euro.', { toolCalls: [call(tool, { outcome: 'refused' })] });
      expect(checkDraft(refused, inPublic).verdict.outcome).toBe('allowed');
    },
  );

  it('lets what everybody may know be said in public', () => {
    expect(checkDraft(say('480 euro.', { toolCalls: [call('find_offers')] }), inPublic).verdict.outcome).toBe(
      'allowed',
    );
  });

  it('masks e-mail addresses where others read along', () => {
    expect(wordsOf(checkDraft(say('Write to ann@home.example.'), inPublic).draft)).toBe('Write to ….');
    expect(checkDraft(say('Write to ann@home.example.'), words).verdict.outcome).toBe('allowed');
  });

  describe('of words that must rest on something', () => {
    const free = say('It is so.', { grounded: true });

    it('takes a passage for something', () => {
      expect(checkDraft({ ...free, citations: ['help/hours#0'] }, words).verdict.outcome).toBe('allowed');
    });

    it.each<[string, Partial<ToolCall>, string]>([
      ['a tool the model called', { by: 'model' }, 'allowed'],
      ['a tool of the fallback', { by: 'fallback' }, 'allowed'],
      ['a tool that only ran beforehand', { by: 'prefetch' }, 'replaced'],
      ['a tool that failed', { outcome: 'failed' }, 'replaced'],
      ['a tool that was refused', { outcome: 'refused' }, 'replaced'],
    ])('and %s: %o is %s', (_what, change, outcome) => {
      const { verdict } = checkDraft({ ...free, toolCalls: [call('find_offers', change)] }, words);
      expect(verdict.outcome).toBe(outcome);
    });

    it('says that there is no answer otherwise', () => {
      const { draft, verdict } = checkDraft(free, words);
      expect(wordsOf(draft)).toBe('NO ANSWER');
      expect(verdict).toEqual({ outcome: 'replaced', objections: ['ungrounded'] });
      expect(draft.unanswered).toBe('how long?');
      expect(checkDraft({ ...free, grounded: false }, words).draft.unanswered).toBeUndefined();
    });
  });

  it.each([
    ['a bracket escaped in the label', '[our \\] page](tel:+19005551234) is here'],
    ['a bracket escaped in the label, mail', '[our \\] page](mailto:somebody@evil.example) is here'],
    ['an entity in the scheme', '[our page](javascript&colon;alert(1)) is here'],
    ['an entity for the at sign', '[our page](https://school.example&commat;evil.example/) is here'],
    ['a backslash before the at sign', '[our page](https://school.example\\@evil.example/) is here'],
    ['a definition inside a quotation', '[our page][1] is here\n\n> [1]: tel:+19005551234'],
    ['a definition inside a list', '[our page][1] is here\n\n- [1]: mailto:somebody@evil.example'],
    ['a collapsed reference', '[our page][] is here\n\n> [our page]: tel:+19005551234'],
    ['an image by reference', '![our page][1] is here\n\n> [1]: https://evil.example/a.png'],
    ['a label over lines', '[our\npage](<tel:+19005551234>) is here'],
    ['a host without a scheme', 'our page is at **www.evil.example**'],
  ])('shows nothing that Markdown hides: %s', (_what, text) => {
    const { draft } = checkDraft(say(text), words);
    expect(JSON.stringify(draft.blocks)).not.toMatch(/1900|evil|javascript|a\.png/);
    expect(wordsOf(draft)).toContain('our');
  });

  it('gives formatted words their form, and their plain words beside it', () => {
    const { draft, verdict } = checkDraft(
      say('The **first** step: [our page](https://school.example/help), or ann@home.example'),
      words,
    );
    expect(draft.blocks).toMatchObject([
      { kind: 'text', text: 'The first step: our page, or ann@home.example', root: { type: 'root' } },
    ]);
    expect(verdict).toEqual({ outcome: 'allowed', objections: [] });
  });

  it.each(['> ', '- ', '* a ', '[', '![[', '`', '**a', '| ', '<a', '&amp;', '\\', '1. ', '#', '~~', '_a_', '\n\n> - '])(
    'is not thrown by words full of %j',
    (piece) => {
      const { draft } = checkDraft(say(piece.repeat(6_000 / piece.length)), words);
      expect(draft.blocks).not.toEqual([]);
      expect(() => JSON.stringify(draft)).not.toThrow();
    },
  );

  it('holds no crisis words back, whatever stands in them', () => {
    const crisis = say('Call 112, or see https://help.example.', {
      agent: 'safety',
      messageClass: 'crisis',
      grounded: true,
    });
    for (const place of [words, inPublic, amongMembers]) {
      expect(checkDraft(crisis, place)).toEqual({ draft: crisis, verdict: { outcome: 'allowed', objections: [] } });
    }
  });

  it('keeps the hand-over, the agent and the calls of what it replaces', () => {
    const handOver = { reason: 'x', summary: 'y' };
    const toolCalls = [call('open_ticket')];
    const { draft } = checkDraft(say('sk-proj-abcdefghijklmnop', { agent: 'support', handOver, toolCalls }), words);
    expect(draft).toMatchObject({ agent: 'support', handOver, toolCalls, messageClass: 'courtesy' });
  });
});

describe('the step', () => {
  it('judges by the thread: members read along as well', async () => {
    const draft = say('Write to ann@home.example.');
    const outcome = async (clearance: 'public' | 'members' | 'private') =>
      (await check(stateOf({ draft, thread: threadOf({ clearance }) }), passOf())).verdict?.outcome;
    expect(await outcome('private')).toBe('allowed');
    expect(await outcome('members')).toBe('changed');
    expect(await outcome('public')).toBe('changed');
  });

  it('says the school’s own sentences, in the language of the turn', async () => {
    const state = stateOf({ draft: say('It is so.', { grounded: true }), locale: 'de-AT' });
    const { reply } = await check(state, passOf());
    expect(reply && wordsOf(reply)).toBe('[no_answer auf Deutsch]');
    expect(reply?.locale).toBe('de-AT');
  });

  it('lets nothing of a draft out but what a person is shown', async () => {
    const draft = say('Fine.', { toolCalls: [call('my_orders', { result: { secret: 1 } })], fallback: 'no_model' });
    const { reply } = await check(stateOf({ draft }), passOf());
    expect(Object.keys(reply ?? {}).toSorted()).toEqual(['agent', 'blocks', 'citations', 'locale', 'messageClass']);
  });

  it('looks at reminders like at replies, and drops those with a secret', async () => {
    const reminders = [
      { at: '2026-11-25T10:00:00.000Z', text: 'Go on at https://evil.example with lesson two.' },
      { at: '2026-11-26T10:00:00.000Z', text: 'sk-proj-abcdefghijklmnop' },
    ];
    const { later } = await check(stateOf({ draft: say('Fine.', { reminders }), locale: 'es' }), passOf());
    expect(later?.[0]?.reply.locale).toBe('es');
    expect(later?.map(({ dueAt, reply }) => [dueAt, wordsOf(reply)])).toEqual([
      ['2026-11-25T10:00:00.000Z', 'Go on at with lesson two.'],
    ]);
  });
});

it('fixedReply is the organisation’s sentence and nothing else', () => {
  expect(fixedReply('Sorry.', 'de')).toEqual({
    locale: 'de',
    agent: 'supervisor',
    messageClass: 'courtesy',
    blocks: [{ kind: 'text', text: 'Sorry.' }],
    citations: [],
  });
});
