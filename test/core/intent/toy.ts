/** A small world of look-alike intents for the tests of the trained head. */
import type { TaughtText } from '../../../core/fit-intent-model.ts';

const THINGS = ['kitchen', 'garden', 'office', 'hall', 'cellar'];
const SONGS = ['a waltz', 'the radio', 'some jazz', 'my list', 'an opera'];
const TIMES = ['at six', 'at noon', 'tomorrow', 'in ten minutes', 'on monday'];
const PLACES = ['oslo', 'lima', 'cairo', 'kyoto', 'quito'];

const FRAMES: Readonly<Record<string, (at: number) => readonly string[]>> = {
  'lights-on': (at) => [
    `turn on the light in the ${THINGS[at]}`,
    `${THINGS[at]} light on please`,
    `make it bright in the ${THINGS[at]}`,
  ],
  'lights-off': (at) => [
    `turn off the light in the ${THINGS[at]}`,
    `${THINGS[at]} light off please`,
    `make it dark in the ${THINGS[at]}`,
  ],
  'play-music': (at) => [`play ${SONGS[at]}`, `I want to hear ${SONGS[at]}`, `put on ${SONGS[at]} for me`],
  'stop-music': (at) => [`stop ${SONGS[at]}`, `no more of ${SONGS[at]}`, `enough of ${SONGS[at]} now`],
  alarm: (at) => [`wake me ${TIMES[at]}`, `set an alarm ${TIMES[at]}`, `I have to get up ${TIMES[at]}`],
  calendar: (at) => [`what do I have ${TIMES[at]}`, `my appointments ${TIMES[at]}`, `am I free ${TIMES[at]}`],
  weather: (at) => [
    `will it rain in ${PLACES[at]}`,
    `how is the weather in ${PLACES[at]}`,
    `is it cold in ${PLACES[at]}`,
  ],
  flight: (at) => [`book a flight to ${PLACES[at]}`, `fly me to ${PLACES[at]}`, `I need a plane to ${PLACES[at]}`],
};

const OUTSIDE = [
  'who wrote that old book',
  'how many people live on earth',
  'why do cats purr',
  'what is the tallest tower',
  'give me a recipe for soup',
  'translate bread into latin',
];

/** Eight intents, and some texts out of scope. */
export const TOY: readonly TaughtText[] = [
  ...Object.entries(FRAMES).flatMap(([intent, frame]) =>
    [0, 1, 2, 3].flatMap((at) => frame(at).map((text) => ({ text, intent }))),
  ),
  ...OUTSIDE.map((text) => ({ text, intent: 'oos' })),
];

/** The same frames with words nobody taught. */
export const TOY_TESTS: readonly TaughtText[] = Object.entries(FRAMES).flatMap(([intent, frame]) =>
  frame(4).map((text) => ({ text, intent })),
);
