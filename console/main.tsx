/** Starts the console: the operators' page at `/console/`. */
import { render } from 'preact';
import { App } from './app/app.tsx';
import { openDesk } from './app/desk.ts';
import { browserClock } from './stream/clock.ts';
import { mintId } from './stream/mint-id.ts';

const desk = openDesk({
  window,
  fetch: (input, init) => fetch(input, init),
  clock: browserClock,
  random: Math.random,
  mintId: () => mintId(crypto),
});
const place = document.querySelector('#app');
if (place) render(<App desk={desk} />, place);
