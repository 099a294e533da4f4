/** The sentences that say why a turn ended as it did. */
import { describe, expect, it } from 'vitest';
import { askedIn, describeBlock, explainTurn } from '../../console/app/explain.ts';
import { Turn } from '../../core/turn.ts';

const id = '0198c5a0-0000-7000-8000-000000000001';
const at = '2026-11-20T10:00:00.000Z';

function turn(more: Partial<Turn> = {}): Turn {
  const sender = { externalId: 'v', isMember: false };
  const address = { channel: 'web', connection: 'main', thread: { key: 'v', clearance: 'private' }, sender };
  return Turn.parse({
    id,
    thread: id,
    person: id,
    handle: id,
    status: 'ok',
    events: [{ id, event: { ...address, kind: 'message', externalId: 'e', occurredAt: at, text: 'how much?' } }],
    journeyBefore: null,
    journeyAfter: null,
    moves: [],
    screening: { level: 'clear', findings: [] },
    intent: { name: 'price', confidence: 0.914, neighbours: [], runnersUp: [], priors: [] },
    recalled: [],
    route: { kind: 'agent', agent: 'sales', because: 'intent:price' },
    draft: {
      agent: 'sales',
      messageClass: 'answer',
      blocks: [{ kind: 'text', text: '€480' }],
      citations: [],
      toolCalls: [],
      grounded: true,
    },
    check: { outcome: 'allowed', objections: [] },
    reply: null,
    deliveries: [],
    modelCalls: [],
    spans: [],
    fingerprint: { prompt: null, model: null, workspace: 'w' },
    error: null,
    startedAt: at,
    milliseconds: 40,
    ...more,
  });
}

const draft = turn().draft;

describe('explainTurn', () => {
  it('tells reading and route', () => {
    expect(explainTurn(turn())).toEqual([
      'Read as price with 91 % confidence.',
      'Went to sales, because of the intent price.',
    ]);
  });

  it('tells why no model wrote it', () => {
    expect(explainTurn(turn({ draft: draft && { ...draft, fallback: 'no_model' } }))).toContain(
      'No model is set, so the fallback wrote the answer.',
    );
    expect(explainTurn(turn({ draft: draft && { ...draft, fallback: 'breaker_open' } }))).toContain(
      'No model was asked (breaker_open); the fallback wrote the answer.',
    );
    const call = {
      agent: 'sales' as const,
      model: 'm',
      prompt: 'p',
      outcome: 'timeout',
      milliseconds: 9,
      firstTokenMs: null,
    };
    const modelCalls = [{ ...call, inputTokens: 0, outputTokens: 0 }];
    expect(explainTurn(turn({ modelCalls, draft: draft && { ...draft, fallback: 'timeout' } }))).toContain(
      'The model failed (timeout), so the fallback wrote the answer.',
    );
  });

  it('tells what became of everything the message wanted besides', () => {
    const { draft } = turn();
    if (!draft) throw new TypeError('the turn has a draft');
    const wishes = [
      { intent: 'course-length', text: 'how long is it?', agent: 'knowledge', outcome: 'answered' },
      { intent: 'gift', text: 'do you have vouchers?', agent: null, outcome: 'left' },
    ] as const;
    const sentences = explainTurn(turn({ draft: { ...draft, wishes: [...wishes] } }));
    expect(sentences).toContain('Also wanted course-length ("how long is it?"): answered below (knowledge).');
    expect(sentences).toContain('Also wanted gift ("do you have vouchers?"): not answered.');
  });

  it('tells a crisis first', () => {
    const screening = { level: 'crisis' as const, findings: [{ hazard: 'crisis' as const, rule: 'r' }] };
    expect(explainTurn(turn({ screening }))[0]).toBe('Screening says crisis: crisis.');
  });

  it('tells what an unclear message was nearest to', () => {
    const intent = {
      name: 'unclear',
      confidence: 0.2,
      neighbours: [],
      runnersUp: [{ name: 'price', confidence: 0.4 }],
      priors: [],
    };
    expect(explainTurn(turn({ intent }))[0]).toBe('The intent is unclear; nearest was price with 40 %.');
  });

  it('tells what check did, and how it ended', () => {
    const told = explainTurn(
      turn({
        check: { outcome: 'changed', objections: ['foreign_link', 'length'] },
        error: { code: 'lane_lost', message: 'Another worker took the lane.' },
        status: 'error',
      }),
    );
    expect(told).toContain('Check changed the draft because of foreign_link, length.');
    expect(told.at(-1)).toBe('It ended in an error: lane_lost, Another worker took the lane.');
  });

  it('tells why nothing was answered', () => {
    const told = explainTurn(
      turn({ route: { kind: 'silence', because: 'an operator holds it' }, draft: null, status: 'silent' }),
    );
    expect(told).toContain('Nothing was answered: an operator holds it.');
  });
});

describe('askedIn', () => {
  it('repeats what the person said', () => {
    expect(askedIn(turn())).toEqual(['how much?']);
  });
});

describe('describeBlock', () => {
  it('puts every kind into words', () => {
    const option = { label: 'Yes', token: 'y' };
    const url = 'https://tidewell.example/';
    const told = [
      describeBlock({ kind: 'choices', prompt: 'Sure?', options: [option] }),
      describeBlock({ kind: 'card', title: 'Course', body: '€480', options: [option], link: { label: 'Book', url } }),
      describeBlock({ kind: 'table', header: ['a', 'b'], rows: [['1', '2']] }),
      describeBlock({ kind: 'citation', passage: 'p#0', label: 'Prices' }),
    ];
    expect(told).toEqual(['Sure? [Yes]', `Course\n€480\n[Yes]\nBook → ${url}`, 'a | b\n1 | 2', 'Source: Prices']);
  });
});
