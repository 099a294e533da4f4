/** The words a channel puts around a reply are in the reply's language, in every room that has such words. */
import { describe, expect, it } from 'vitest';
import { channelRooms } from '../../../channels/registry.ts';
import type { Block } from '../../../core/block.ts';
import { replyOf, settingsOf, testPorts } from '../support.ts';

const ports = testPorts();
const rooms = {
  telegram: channelRooms.telegram.open({ name: 'main', settings: settingsOf.telegram, ports }),
  facebook: channelRooms.facebook.open({ name: 'main', settings: settingsOf.facebook, ports }),
  buddyboss: channelRooms.buddyboss.open({ name: 'main', settings: settingsOf.buddyboss, ports }),
};
const citation: Block = { kind: 'citation', passage: 'help#0', label: 'Prices' };
const choices: Block = { kind: 'choices', options: [{ label: 'One', token: 'a' }] };

function textIn(
  room: keyof typeof rooms,
  { block, locale }: { readonly block: Block; readonly locale?: string },
): string {
  const reply = { ...replyOf({ kind: 'text', text: 'Hi.' }, block), ...(locale && { locale }) };
  return rooms[room]
    .render(reply)
    .parts.map(({ text }) => text)
    .join('\n');
}

describe.each(['telegram', 'facebook', 'buddyboss'] as const)('%s', (room) => {
  it.each([
    ['en', 'Source: Prices'],
    ['de-AT', 'Quelle: Prices'],
    ['es', 'Fuente: Prices'],
    ['fr-CA', 'Source\u00a0: Prices'],
    ['ja', 'Source: Prices'],
    [undefined, 'Source: Prices'],
  ])('names a source in %s', (locale, words) => {
    expect(textIn(room, { block: citation, ...(locale && { locale }) })).toContain(`\n${words}`);
  });
});

describe('facebook', () => {
  it.each([
    ['en', 'Send us a message to choose: One'],
    ['de', 'Zum Auswählen bitte eine Nachricht an uns: One'],
    ['es-MX', 'Para elegir, envíanos un mensaje: One'],
    ['fr', 'Pour choisir, envoyez-nous un message\u00a0: One'],
    ['ja', 'Send us a message to choose: One'],
  ])('invites to choose in private in %s', (locale, words) => {
    expect(textIn('facebook', { block: choices, locale })).toContain(words);
  });
});
