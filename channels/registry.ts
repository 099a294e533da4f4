/** The four rooms. A new channel is one folder and one line here; the contract suite runs it without being told. */
import type { ChannelName } from '../core/event.ts';
import { buddybossRoom } from './buddyboss/index.ts';
import type { ChannelRoom } from './channel.ts';
import { facebookRoom } from './facebook/index.ts';
import { readSettings } from './settings.ts';
import { telegramRoom } from './telegram/index.ts';
import { webRoom } from './web/index.ts';

/**
 * Settings are `unknown` here and checked by the room's own schema on the way in, so that they may come from a file or
 * from the environment, defaults left out. Wrong ones are a PermanentError('config_invalid').
 */
export const channelRooms: { readonly [Name in ChannelName]: ChannelRoom<unknown> } = {
  web: checkingSettings(webRoom),
  telegram: checkingSettings(telegramRoom),
  facebook: checkingSettings(facebookRoom),
  buddyboss: checkingSettings(buddybossRoom),
};

function checkingSettings<Settings>(room: ChannelRoom<Settings>): ChannelRoom<unknown> {
  const check = (settings: unknown, name: string): Settings =>
    readSettings(room.settings, settings, { channel: room.name, name });
  return {
    ...room,
    open: ({ name, settings, ports }) => room.open({ name, settings: check(settings, name), ports }),
    imitate: (imitation, settings) => room.imitate(imitation, check(settings, 'imitated')),
  };
}
