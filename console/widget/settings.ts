/** Reads how the page wants the chat from the attributes of the script tag. */
import type { WidgetSettings } from './contract.ts';

/** What stands in `data-*` of the script tag. */
export type ScriptData = Readonly<Record<string, string | undefined>>;

/** Values that are not understood count as absent; a typing mistake must not cost the page its chat. */
export function readSettings(
  data: ScriptData,
  page: { readonly src: string; readonly language: string },
): WidgetSettings {
  return {
    base: new URL('.', page.src).href,
    position: data['position'] === 'left' ? 'left' : 'right',
    opens: data['open'] === 'auto' ? 'auto' : 'closed',
    theme: data['theme'] === 'light' || data['theme'] === 'dark' ? data['theme'] : 'auto',
    accent: readColour(data['accent']),
    locale: data['locale'] || page.language || 'en',
  };
}

/** `#rrggbb` out of `#rgb` or `#rrggbb`, else null. */
export function readColour(raw: string | undefined): string | null {
  const hex = /^#?([0-9a-f]{6}|[0-9a-f]{3})$/i.exec(raw?.trim() ?? '')?.[1];
  if (hex === undefined) return null;
  return `#${hex.length === 3 ? hex.replaceAll(/./g, '$&$&') : hex}`.toLowerCase();
}

/** Black or white, whichever reads better on the colour (`#rrggbb`): at least 4.5:1 on any. */
export function inkOn(colour: string): '#000000' | '#ffffff' {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) =>
    linear(Number.parseInt(colour.slice(at, at + 2), 16) / 255),
  );
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  // Where both contrasts are equal: (1 + .05) / (l + .05) = (l + .05) / .05.
  return luminance > 0.179 ? '#000000' : '#ffffff';
}

function linear(part: number): number {
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}
