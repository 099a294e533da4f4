/** The configured accounts: which channels this installation speaks on. */
import type { ChannelPorts, Connection } from '../channels/channel.ts';
import { channelRooms } from '../channels/registry.ts';
import type { ChannelName } from '../core/event.ts';
import type { Config } from './config.ts';

export type ChannelSecrets = { readonly visitor: string; readonly telegramWebhook: string };

type Opening = { readonly secrets: ChannelSecrets; readonly ports: ChannelPorts };

/** One connection named `main` for each channel that is configured; the web chat always is. Wrong settings are PermanentError('config_invalid'). */
export function openConnections(
  config: Pick<Config, 'telegram' | 'facebook' | 'buddyboss'>,
  { secrets, ports }: Opening,
): readonly Connection[] {
  const settings: Readonly<Record<ChannelName, object | null>> = {
    web: { secret: secrets.visitor },
    telegram: config.telegram && { webhookSecret: secrets.telegramWebhook, ...config.telegram },
    facebook: config.facebook,
    buddyboss: config.buddyboss,
  };
  return Object.values(channelRooms).flatMap((room) => {
    const configured = settings[room.name];
    return configured ? [room.open({ name: 'main', settings: configured, ports })] : [];
  });
}
