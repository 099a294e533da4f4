/** The contract of channel.ts, held against every room the registry lists. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { ChannelRoom, Connection, Imitation, Rendered, WebhookRequest } from '../../channels/channel.ts';
import { channelRooms } from '../../channels/registry.ts';
import { measure } from '../../channels/render/measure.ts';
import { Block } from '../../core/block.ts';
import { InvalidPayloadError, PermanentError } from '../../core/errors.ts';
import { ChannelName, InboundEvent } from '../../core/event.ts';
import { ChannelProfile, Loss } from '../../core/profile.ts';
import { blockOfEachKind, receivedAt, replyOf, secretSettingOf, settingsOf, testPorts } from '../channels/support.ts';

/** Where the proof covers the body. Elsewhere it says who speaks, not what; the reason stands instead. */
const signsBody: Record<ChannelName, true | string> = {
  web: 'the visitor token proves the person; the words are theirs to choose',
  telegram: 'Telegram sends a shared secret, not a signature',
  facebook: true,
  buddyboss: true,
};
const proofHeader: Record<ChannelName, string> = {
  web: 'authorization',
  telegram: 'x-telegram-bot-api-secret-token',
  facebook: 'x-hub-signature-256',
  buddyboss: 'webhook-signature',
};

const imitation: Imitation = {
  externalId: 'case-1',
  thread: 'thread-1',
  sender: { externalId: 'person-1', displayName: 'Mirela', locale: 'de' },
  does: { says: 'Was kostet das? <b>& "so"</b> 🙂' },
  at: receivedAt,
};

/** The server's order: parse is only reached through verify. */
function receive(connection: Pick<Connection, 'verify' | 'parse'>, request: WebhookRequest): readonly InboundEvent[] {
  return connection.parse(connection.verify(request), receivedAt);
}

function open(room: ChannelRoom<unknown>, settings: unknown = settingsOf[room.name]): Connection {
  return room.open({ name: 'main', settings, ports: testPorts() });
}

/** Every way to change one character of the text, up to 60 places spread over it. */
function mutations(text: string): readonly string[] {
  const step = Math.max(1, Math.floor(text.length / 60));
  const places = Array.from({ length: Math.ceil(text.length / step) }, (_, index) => index * step);
  const change = (at: number) => (text[at] === 'a' ? 'b' : 'a');
  return [
    ...places.map((at) => text.slice(0, at) + change(at) + text.slice(at + 1)),
    text.slice(0, -1),
    `${text}a`,
    '',
  ];
}

function expectBadSignature(connection: Connection, request: WebhookRequest): void {
  const parse = vi.fn(connection.parse);
  const attempt = () => receive({ verify: connection.verify, parse }, request);
  expect(attempt).toThrow(expect.objectContaining({ name: 'InvalidPayloadError', code: 'bad_signature' }));
  expect(parse).not.toHaveBeenCalled();
}

/** All the words a part shows: its text and the labels of its buttons. */
function shownBy({ parts }: Rendered): string {
  return parts.map((part) => part.text + JSON.stringify(part.payload)).join('');
}

function expectWithinLimits({ parts }: Rendered, { text }: ChannelProfile): void {
  expect(parts.length).toBeLessThanOrEqual(text.maxParts);
  for (const part of parts) {
    expect(measure(part.text, text.unit)).toBeLessThanOrEqual(text.max);
    expect(part.text.trim()).not.toBe('');
  }
}

function withoutSpace(text: string): string {
  return text.replace(/\s/g, '');
}

/** Words in many scripts, with emoji, links and line breaks; none of the characters that rendering removes. */
const words = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 30 }),
      fc.constantFrom(
        '👩‍👩‍👧‍👦',
        'https://school.example/a/b?c=d',
        '\n\n',
        '\n',
        ' ',
        'Sentence one. Two!',
        'å',
        'ภาษาไทยยาว',
        '*_`[](',
      ),
    ),
    { minLength: 1, maxLength: 40 },
  )
  .map((pieces) => pieces.join('').replace(/(?![\t\n])\p{Cc}|[\u2028-\u202e]/gu, ''))
  .filter((text) => text.trim() !== '');

for (const room of Object.values(channelRooms)) {
  describe(`channel ${room.name}`, () => {
    const connection = open(room);
    const settings = settingsOf[room.name];

    it('describes itself in a valid profile', () => {
      expect(ChannelName.parse(room.name)).toBe(room.name);
      expect(ChannelProfile.parse(room.profile)).toEqual(room.profile);
      expect(connection).toMatchObject({ channel: room.name, name: 'main', profile: room.profile });
    });

    it('refuses to open without any of its secrets, and does not repeat the others', () => {
      for (const name of Object.keys(settings)) {
        const { [name]: _left, ...others } = settings as Record<string, string>;
        const attempt = () => room.open({ name: 'main', settings: others, ports: testPorts() });
        expect(attempt, name).toThrow(PermanentError);
        expect(attempt, name).toThrow(expect.objectContaining({ code: 'config_invalid' }));
        expect(attempt, name).toThrow(name);
        for (const value of Object.values(others)) expect(attempt).not.toThrow(value);
      }
      expect(() => open(room, null)).toThrow(PermanentError);
    });

    describe('coming in', () => {
      it('takes what it imitates', () => {
        const [event, ...more] = receive(connection, room.imitate(imitation, settings));
        expect(more).toEqual([]);
        expect(InboundEvent.parse(event)).toEqual(event);
        expect(event).toMatchObject({
          kind: 'message',
          channel: room.name,
          connection: 'main',
          text: 'Was kostet das? <b>& "so"</b> 🙂',
          sender: { displayName: 'Mirela' },
          occurredAt: receivedAt,
        });
      });

      it('takes a choice, or the label where there are no buttons', () => {
        const does = { chooses: 'c:02', label: 'Foundation' };
        const [event] = receive(connection, room.imitate({ ...imitation, does }, settings));
        const expected =
          room.profile.choices.max > 0
            ? { kind: 'choice', token: 'c:02', label: 'Foundation' }
            : { kind: 'message', text: 'Foundation' };
        expect(event).toMatchObject(expected);
      });

      it('keys the same thread, sender and event alike, and others apart', () => {
        const keyed = (changes: Partial<Imitation>) => {
          const [event] = receive(connection, room.imitate({ ...imitation, ...changes }, settings));
          return event;
        };
        const first = keyed({});
        expect(keyed({})).toEqual(first);
        expect(keyed({ externalId: 'case-2' })?.externalId).not.toBe(first?.externalId);
        expect(keyed({ externalId: 'case-2' })?.thread.key).toBe(first?.thread.key);
        const other = keyed({ thread: 'thread-2', sender: { externalId: 'person-2' } });
        expect(other?.thread.key).not.toBe(first?.thread.key);
        expect(other?.sender.externalId).not.toBe(first?.sender.externalId);
      });

      it('refuses a proof with any byte changed', () => {
        const request = room.imitate(imitation, settings);
        const header = proofHeader[room.name];
        for (const value of mutations(request.headers[header] ?? '')) {
          expectBadSignature(connection, { ...request, headers: { ...request.headers, [header]: value } });
        }
        for (const name of Object.keys(request.headers).filter((one) => one !== 'content-type')) {
          expectBadSignature(connection, { ...request, headers: { ...request.headers, [name]: undefined } });
        }
      });

      it('refuses a proof made with another secret', () => {
        const name = secretSettingOf[room.name];
        const secret = (settings as Record<string, string>)[name] ?? '';
        for (const at of [secret.indexOf('_') + 1, Math.floor(secret.length / 2)]) {
          const other = secret.slice(0, at) + (secret[at] === 'Q' ? 'R' : 'Q') + secret.slice(at + 1);
          expectBadSignature(connection, room.imitate(imitation, { ...settings, [name]: other }));
        }
      });

      const signing = signsBody[room.name];
      it.skipIf(signing !== true)(
        `refuses a body with any byte changed${signing === true ? '' : ` (${signing})`}`,
        () => {
          const request = room.imitate(imitation, settings);
          for (const rawBody of mutations(request.rawBody)) expectBadSignature(connection, { ...request, rawBody });
        },
      );

      it('answers shapes it does not know with `unsupported` or with the path that failed', () => {
        const { proof } = connection.verify(room.imitate(imitation, settings));
        const anything = fc.oneof(
          fc.jsonValue(),
          fc.jsonValue().map((value) => ({ update_id: 1, [String(Object.keys(value ?? {})[0])]: value })),
          fc.jsonValue().map((value) => ({ update_id: 1, message: value })),
          fc
            .jsonValue()
            .map((value) => ({ object: 'page', entry: [{ id: '1', changes: [{ field: 'feed', value }] }] })),
          fc.tuple(fc.string(), fc.jsonValue()).map(([type, value]) => ({ type, id: value, message_html: value })),
        );
        fc.assert(
          fc.property(anything, (payload) => {
            try {
              for (const event of connection.parse({ payload, proof }, receivedAt)) InboundEvent.parse(event);
            } catch (error) {
              expect(error).toBeInstanceOf(InvalidPayloadError);
              expect(error).toMatchObject({ code: 'malformed' });
            }
          }),
          { numRuns: 200 },
        );
      });

      it('says that a body which is not JSON is malformed, once the proof held', () => {
        if (signing === true) return; // A changed body fails its signature first: tested above.
        const request = { ...room.imitate(imitation, settings), rawBody: '{"text": ' };
        expect(() => connection.verify(request)).toThrow(expect.objectContaining({ code: 'malformed' }));
      });
    });

    describe('going out', () => {
      it.each(Object.values(blockOfEachKind))('shows a $kind within its limits', (block) => {
        const rendered = connection.render(replyOf(Block.parse(block)));
        expect(rendered.parts.length).toBeGreaterThan(0);
        expectWithinLimits(rendered, room.profile);
        for (const loss of rendered.losses) expect(Loss.parse(loss)).toEqual(loss);
        expect(connection.render(replyOf(Block.parse(block)))).toEqual(rendered);
      });

      it('keeps every label, address and cell of a whole reply', () => {
        const rendered = connection.render(replyOf(...Object.values(blockOfEachKind)));
        expectWithinLimits(rendered, room.profile);
        const shown = shownBy(rendered);
        const expected = ['Which one?', 'Foundation', 'Twelve weeks, 480 euro.', 'Your name', 'How the course runs'];
        for (const piece of expected) expect(shown).toContain(piece);
        for (const path of ['foundation', 'lung.png', 'help/1'])
          expect(shown).toContain(`https://school.example/${path}`);
      });

      it('says what became of buttons it cannot show, and keeps tokens of 64 bytes', () => {
        const rendered = connection.render(replyOf(blockOfEachKind.choices));
        if (room.profile.choices.max > 0) {
          expect(JSON.stringify(rendered.parts)).toContain(`"${'c'.repeat(64)}"`);
          expect(rendered.losses).toEqual([]);
        } else {
          expect(rendered.losses).toContainEqual(expect.objectContaining({ block: 'choices', what: 'buttons' }));
        }
      });

      it('splits any text into parts that join to it again, or says that it is cut', () => {
        fc.assert(
          fc.property(words, fc.integer({ min: 1, max: 60 }), (text, times) => {
            const source = `${text} `.repeat(times);
            const rendered = connection.render(replyOf({ kind: 'text', text: source }));
            expectWithinLimits(rendered, room.profile);
            const joined = withoutSpace(rendered.parts.map((part) => part.text).join(''));
            const isCut = rendered.losses.some((loss) => loss.what === 'length');
            if (isCut) expect(withoutSpace(source).startsWith(joined.replace(/…$/, ''))).toBe(true);
            else expect(joined).toBe(withoutSpace(source));
          }),
          { numRuns: 60 },
        );
      });

      const isOurs = room.profile.format === 'blocks';
      it.skipIf(isOurs)(
        `says so when a text is longer than all parts${isOurs ? ' (the widget is ours, it shows all)' : ''}`,
        () => {
          const { max, maxParts } = room.profile.text;
          const rendered = connection.render(replyOf({ kind: 'text', text: 'word '.repeat((max * maxParts) / 4) }));
          expectWithinLimits(rendered, room.profile);
          expect(rendered.losses).toContainEqual(expect.objectContaining({ what: 'length' }));
          expect(rendered.parts.at(-1)?.text).toMatch(/…$/);
        },
      );
    });
  });
}
