/** The token gate: whole sentences only, and none after one that must not leave. */
import { describe, expect, it } from 'vitest';
import { createTokenGate } from '../../../graph/steps/token-gate.ts';

function gate() {
  const out: string[] = [];
  const made = createTokenGate({ allowedHosts: ['school.example'], emit: (text) => out.push(text) });
  return { out, ...made };
}

/** One character at a time: the hardest case for every boundary. */
function pushAll(push: (text: string) => void, text: string): void {
  for (const character of text) push(character);
}

describe('the token gate', () => {
  it('holds words back until their sentence is whole', () => {
    const { out, push } = gate();
    pushAll(push, 'We are open');
    push(' from nine');
    push(' to five.');
    // The full stop might be the first of three, or the one in "5.30".
    expect(out).toEqual([]);
    push(' Come');
    expect(out).toEqual(['We are open from nine to five. ']);
  });

  it.each([
    ['a question', 'Why? Because', 'Why? '],
    ['an exclamation', 'Yes! And', 'Yes! '],
    ['a quotation', 'She said "no." Then', 'She said "no." '],
    ['a line break', 'First point\nSecond', 'First point\n'],
    ['a colon', 'Two things: this', 'Two things: '],
  ])('lets go at the end of %s', (_what, text, left) => {
    const { out, push } = gate();
    pushAll(push, text);
    expect(out.join('')).toBe(left);
  });

  it('gives every word once and in order, however they are cut', () => {
    const text = 'One. Two? Three! Four:\nFive. ';
    for (const size of [1, 2, 3, 7, 100]) {
      const { out, push } = gate();
      for (let at = 0; at < text.length; at += size) push(text.slice(at, at + size));
      expect(out.join('')).toBe(text);
    }
  });

  it.each([
    ['a foreign link', 'Look at https://evil.example/x now. '],
    ['a foreign link with a label', 'Look at [our page](https://evil.example). '],
    ['a link over two sentences', 'Look [here. Now](https://evil.example). '],
    ['an image', 'Look ![x](https://school.example/x.png). '],
    ['markup', 'Look <b>here</b>. '],
    ['a secret', 'It is sk-proj-abcdefghijklmnop. '],
  ])('shuts at %s, and stays shut', (_what, text) => {
    const { out, push } = gate();
    pushAll(push, 'All is well. ');
    pushAll(push, text);
    pushAll(push, 'All is well again. And again. ');
    expect(out[0]).toBe('All is well. ');
    expect(out.join('')).not.toMatch(/evil|\.png|<b>|sk-|again/);
  });

  it('lets our own links through', () => {
    const { out, push } = gate();
    pushAll(push, 'See https://school.example/help now. ');
    expect(out).toEqual(['See https://school.example/help now. ']);
  });

  it('begins anew after a restart, even when it was shut', () => {
    const { out, push, restart } = gate();
    pushAll(push, 'Let me look at https://evil.example. Half a sen');
    restart();
    pushAll(push, 'We are open. ');
    expect(out).toEqual(['We are open. ']);
  });

  it('gives up on a sentence that never ends, instead of searching it again with every token', () => {
    const { out, push } = gate();
    for (let token = 0; token < 1_000; token += 1) push('word ');
    push('end. ');
    expect(out).toEqual([]);
  });
});
