/** A steady stream of questions, as long as it is let. */
import type { Written } from './fake-channel.ts';
import type { World } from './scenario.ts';

export type Traffic = {
  readonly written: readonly Written[];
  readonly stop: () => Promise<void>;
};

/** `perSecond` on average, at irregular moments; each by one of `people` new people. */
export function startTraffic(
  world: World,
  { people, perSecond }: { readonly people: number; readonly perSecond: number },
): Traffic {
  const { channel, question, sleep } = world;
  const choices = world.random.fork(`traffic of ${people}`);
  const chats = world.chats(people);
  const written: Written[] = [];
  let isOn = true;
  const loop = async (): Promise<void> => {
    while (isOn) {
      written.push(channel.write({ chat: choices.pick(chats), text: question() }));
      await sleep((2_000 / perSecond) * choices.next());
    }
  };
  const running = loop();
  return {
    written,
    stop: async () => {
      isOn = false;
      await running;
    },
  };
}
