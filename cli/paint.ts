/** Tones of a report as colours of a terminal. */
import { styleText } from 'node:util';
import type { Paint, Tone } from '../evals/report/layout.ts';
import type { Output } from './verb.ts';

const STYLES = { good: 'green', bad: 'red', warn: 'yellow', faint: 'dim', strong: 'bold' } as const satisfies Readonly<
  Record<Tone, Parameters<typeof styleText>[0]>
>;

/** Leaves texts as they are where the output shows no colours. */
export function paintFor({ hasColors }: Pick<Output, 'hasColors'>): Paint {
  return (tone, text) => (hasColors ? styleText(STYLES[tone], text, { validateStream: false }) : text);
}
