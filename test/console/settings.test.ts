/** The attributes of the script tag, and a colour that can be read on any other. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inkOn, readColour, readSettings } from '../../console/widget/settings.ts';

const page = { src: 'https://chat.example/widget.js?v=1', language: 'es-MX' };

describe('readSettings', () => {
  it('has an answer for everything that is left out', () => {
    expect(readSettings({}, page)).toEqual({
      base: 'https://chat.example/',
      position: 'right',
      opens: 'closed',
      theme: 'auto',
      accent: null,
      locale: 'es-MX',
    });
  });

  it('reads what is there', () => {
    const data = { position: 'left', open: 'auto', theme: 'dark', accent: '#0A7', locale: 'de' };
    expect(readSettings(data, { ...page, src: 'https://a.example/chat/widget.js' })).toEqual({
      base: 'https://a.example/chat/',
      position: 'left',
      opens: 'auto',
      theme: 'dark',
      accent: '#00aa77',
      locale: 'de',
    });
  });

  it('takes what it does not understand for left out', () => {
    const data = { position: 'top', open: 'yes', theme: 'blue', accent: 'red; background: url(x)' };
    expect(readSettings(data, page)).toMatchObject({ position: 'right', opens: 'closed', theme: 'auto', accent: null });
  });
});

describe('inkOn', () => {
  it('reads at 4.5:1 on every colour', () => {
    const part = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(part, part, part, (red, green, blue) => {
        const colour = `#${[red, green, blue].map((one) => one.toString(16).padStart(2, '0')).join('')}`;
        expect(contrast(colour, inkOn(colour))).toBeGreaterThanOrEqual(4.5);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('readColour', () => {
  it.each(['', '#12', '#12345', 'red', '#ggg', undefined])('refuses %j', (raw) => {
    expect(readColour(raw)).toBeNull();
  });
});

/** As WCAG 2 defines it, written down a second time. */
function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour: string): number {
  const weights = [0.2126, 0.7152, 0.0722];
  const parts = [colour.slice(1, 3), colour.slice(3, 5), colour.slice(5, 7)].map(
    (hex) => Number.parseInt(hex, 16) / 255,
  );
  const linear = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return linear.reduce((sum, part, index) => sum + part * (weights[index] ?? 0), 0);
}
