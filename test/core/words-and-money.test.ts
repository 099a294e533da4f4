/** Small conversions: money, fixed sentences, blocks as text, events as words, errors as codes. */
import { describe, expect, it } from 'vitest';
import { type Block, blocksToText, blockToText } from '../../core/block.ts';
import { moneyToText } from '../../core/catalogue.ts';
import { errorCode, HandoffNeeded, InvalidPayloadError, PermanentError, TransientError } from '../../core/errors.ts';
import { eventText, type InboundEvent, skipsBurstWindow, wantsAnswer } from '../../core/event.ts';
import { Localised } from '../../core/localised.ts';
import { phrase } from '../../core/workspace.ts';
import { blockOfEachKind } from '../channels/support.ts';

describe('moneyToText', () => {
  it.each([
    ['en', '€480', { amount: 48_000, currency: 'EUR' }],
    ['en', '€85.50', { amount: 8_550, currency: 'EUR' }],
    ['en', '€0.05', { amount: 5, currency: 'EUR' }],
    ['en', '€0', { amount: 0, currency: 'EUR' }],
    ['en', '$1,234,567', { amount: 123_456_700, currency: 'USD' }],
    ['de', '480 €', { amount: 48_000, currency: 'EUR' }],
    ['de-AT', '€ 85,50', { amount: 8_550, currency: 'EUR' }],
  ])('in %s: %s', (locale, text, money) => {
    expect(moneyToText(money, locale).replaceAll(/\s/g, ' ')).toBe(text);
  });
});

describe('phrase', () => {
  const words = { en: 'Hello {name}, {name} {unknown}', de: 'Hallo {name}' };

  it.each([
    ['de', 'Hallo Ann'],
    ['de-AT', 'Hallo Ann'],
    ['DE', 'Hallo Ann'],
    ['fr', 'Hello Ann, Ann {unknown}'],
    ['', 'Hello Ann, Ann {unknown}'],
  ])('in %j', (locale, text) => {
    expect(phrase(words, locale, { name: 'Ann' })).toBe(text);
  });

  it('fills in values as they are, however they look', () => {
    expect(phrase({ en: '{name}!' }, 'en', { name: '$& {name} $1' })).toBe('$& {name} $1!');
  });

  it('needs English', () => {
    expect(Localised.safeParse({ de: 'Hallo' }).success).toBe(false);
    expect(Localised.safeParse({ en: 'Hello', deutsch: 'Hallo' }).success).toBe(false);
    expect(Localised.safeParse({ en: 'Hello', de: 'Hallo' }).success).toBe(true);
  });
});

describe('blockToText', () => {
  it.each<[Block['kind'], string]>([
    ['text', 'Breathwork. A gentle eight-week course.'],
    ['choices', 'Which one?\n1. Breathwork <1>\n2. Foundation'],
    ['link', 'Enrol: https://school.example/enrol?x=1&y=2'],
    ['card', 'Foundation\nTwelve weeks, 480 euro.\nRead more: https://school.example/foundation'],
    ['media', 'A lung: https://school.example/lung.png'],
    ['form', 'Your name'],
    ['table', 'week: 1, what: in\nweek: 2, what: out'],
    ['citation', 'Source: How the course runs (https://school.example/help/1)'],
  ])('%s', (kind, text) => {
    expect(blockToText(blockOfEachKind[kind])).toBe(text);
  });

  it('of several blocks leaves a line between them', () => {
    expect(blocksToText([blockOfEachKind.form, { kind: 'citation', passage: 'p', label: 'Help' }])).toBe(
      'Your name\n\nSource: Help',
    );
  });
});

describe('events', () => {
  const common = {
    externalId: '1',
    channel: 'web',
    connection: 'main',
    thread: { key: 'v', clearance: 'private' },
    sender: { externalId: 'v', isMember: false },
    occurredAt: '2026-11-22T09:00:00.000Z',
  } as const;
  const image = { kind: 'image' } as const;

  type Rule = { readonly says: string; readonly wants?: true; readonly skips?: true };

  it.each<[string, InboundEvent, Rule]>([
    ['words', { ...common, kind: 'message', text: 'hi', attachments: [] }, { says: 'hi', wants: true }],
    ['white space', { ...common, kind: 'message', text: ' \n', attachments: [] }, { says: ' \n' }],
    ['only an image', { ...common, kind: 'message', text: '', attachments: [image] }, { says: '', wants: true }],
    [
      'a command',
      { ...common, kind: 'message', text: '/start x', attachments: [], command: { name: 'start', argument: 'x' } },
      { says: '/start x', wants: true, skips: true },
    ],
    ['an edit', { ...common, kind: 'edit', text: 'ho', of: '0' }, { says: 'ho', wants: true }],
    [
      'a choice',
      { ...common, kind: 'choice', token: 'hold:a', label: 'Hold' },
      { says: 'Hold', wants: true, skips: true },
    ],
    ['a choice without label', { ...common, kind: 'choice', token: 'hold:a' }, { says: '', wants: true, skips: true }],
    [
      'a form',
      { ...common, kind: 'form', form: 'f', values: { a: '1', b: '2' } },
      { says: '1\n2', wants: true, skips: true },
    ],
    ['a deletion', { ...common, kind: 'delete', of: '0' }, { says: '' }],
    ['a reaction', { ...common, kind: 'reaction', of: '0', emoji: '🙂' }, { says: '' }],
    ['a receipt', { ...common, kind: 'receipt', of: '0', status: 'read' }, { says: '' }],
    ['a membership', { ...common, kind: 'membership', change: 'stopped' }, { says: '' }],
    ['a note about the connection', { ...common, kind: 'connection', note: 'x' }, { says: '' }],
    ['what we do not handle', { ...common, kind: 'unsupported', reason: 'a poll' }, { says: '' }],
  ])('%s', (_what, event, { says, wants = false, skips = false }) => {
    expect(eventText(event)).toBe(says);
    expect(wantsAnswer(event)).toBe(wants);
    expect(skipsBurstWindow(event)).toBe(skips);
  });
});

describe('errors', () => {
  it('have a closed code, and strangers have none', () => {
    expect(errorCode(new TransientError('store_down', 'x'))).toBe('store_down');
    expect(errorCode(new PermanentError('port_in_use', 'x'))).toBe('port_in_use');
    expect(errorCode(new InvalidPayloadError('malformed', 'x', { path: 'a.b' }))).toBe('malformed');
    expect(errorCode(new HandoffNeeded('person_asked', 'x'))).toBe('person_asked');
    expect(errorCode(Object.assign(new Error('x'), { code: 'ENOENT' }))).toBe('unexpected');
    expect(errorCode('a string')).toBe('unexpected');
    expect(errorCode(undefined)).toBe('unexpected');
  });

  it('carry what the caller needs', () => {
    const cause = new Error('why');
    expect(new TransientError('model_rate_limited', 'x', { afterMs: 7, cause })).toMatchObject({ afterMs: 7, cause });
    expect(new InvalidPayloadError('malformed', 'x').path).toBe('');
  });
});
