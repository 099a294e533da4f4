/** Wishes about being written to first: only a message that is nothing else is one. */
import { describe, expect, it } from 'vitest';
import { Broadcast, checkBroadcast } from '../../core/broadcast.ts';
import { foldText } from '../../core/embedding.ts';
import { Transition } from '../../core/journey.ts';
import { OutreachRules, outreachWish } from '../../core/outreach.ts';

describe('a wish about outreach', () => {
  it.each([
    'STOP',
    'stop!',
    'Stopp.',
    'Unsubscribe',
    'please stop',
    'Abmelden',
    'Baja',
    'no más mensajes',
    'Désabonner',
    '/stop',
    'Schreib mir bitte nicht mehr',
    'Hör auf, mir zu schreiben!',
    'No me escribas más, por favor',
    "Ne m'écrivez plus, s'il vous plaît",
    'Niente più messaggi, per favore',
    'Não quero mais mensagens',
    'Afmelden alsjeblieft',
    'Stop writing me',
  ])('%s: stops', (text) => expect(outreachWish(foldText(text))).toBe('stop'));
  it.each(['subscribe', 'Newsletter abonnieren', 'suscribirme', "s'abonner"])('%s: subscribes', (text) =>
    expect(outreachWish(foldText(text))).toBe('subscribe'),
  );
  it.each([
    '/start',
    'start',
    'stop smoking course?',
    'I want to stop my course',
    'how do I subscribe to the membership',
    'anmelden',
    // Enrolling and leaving a course are other wishes.
    'cancelar inscrição',
    'please',
    '',
  ])('%s: is none', (text) => expect(outreachWish(foldText(text))).toBeNull());
});

it('can be told in every language that is recognised', () => {
  const said = {
    en: 'stop',
    de: 'abmelden',
    es: 'baja',
    fr: 'désabonner',
    it: 'disiscrivimi',
    pt: 'sem mais mensagens',
    nl: 'uitschrijven',
  };
  for (const [language, words] of Object.entries(said)) {
    expect(outreachWish(foldText(words)), language).toBe('stop');
  }
});

describe('the rules', () => {
  it('name what is wrong with a time', () => {
    expect(OutreachRules.safeParse({ quietFrom: '9pm' }).error?.issues[0]?.message).toContain('"21:00"');
    expect(OutreachRules.parse({})).toMatchObject({ quietFrom: '21:00', budget: { messages: 3, days: 7 } });
  });

  it('let a journey write only where no answer speaks already', () => {
    const effects = [{ kind: 'message', text: { en: 'Hello again' } }];
    const transition = { id: 'a-move', from: ['lead'], to: 'member', effects };
    expect(Transition.safeParse({ ...transition, on: { kind: 'time', after: '3d' } }).success).toBe(true);
    const refused = Transition.safeParse({ ...transition, on: { kind: 'intent', name: 'price' } });
    expect(refused.error?.issues[0]).toMatchObject({
      path: ['effects'],
      message: expect.stringContaining('message') as unknown,
    });
  });
});

describe('a broadcast', () => {
  const broadcast = (texts: Record<string, string>): Broadcast =>
    Broadcast.parse({ id: '01890000-0000-7000-8000-000000000001', name: 'News', texts });

  it('needs English, and says so', () => {
    expect(() => broadcast({ de: 'Neues' })).toThrow('en');
  });

  it('may not contain what no reply may', () => {
    const rules = { allowedHosts: ['tidewell.example'] };
    expect(() => checkBroadcast(broadcast({ en: 'Look: https://evil.example/x' }), rules)).toThrow(
      /"en" cannot be sent/,
    );
    expect(() => checkBroadcast(broadcast({ en: 'Look: https://tidewell.example/x' }), rules)).not.toThrow();
  });
});
