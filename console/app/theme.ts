/** Light, dark, or as the system says; remembered in this browser. */
import { effect, signal } from '@preact/signals';

type Theme = 'auto' | 'light' | 'dark';

const KEY = 'throughline-console-theme';
const ORDER: readonly Theme[] = ['auto', 'light', 'dark'];

export const theme = signal<Theme>(ORDER.find((one) => one === stored()) ?? 'auto');

/** Goes on to the next of the three. */
export function nextTheme(): void {
  theme.value = ORDER[(ORDER.indexOf(theme.value) + 1) % ORDER.length] ?? 'auto';
}

effect(() => {
  document.documentElement.dataset['theme'] = theme.value;
  try {
    localStorage.setItem(KEY, theme.value);
  } catch {
    // A browser that keeps nothing: the choice lasts as long as the page.
  }
});

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
