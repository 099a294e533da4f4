/** The round button in the corner of the page: all that is there until somebody wants to talk. */
import type { WidgetSettings } from './contract.ts';
import css from './launcher.css?inline';
import { inkOn } from './settings.ts';

export type LauncherWords = { readonly open: string; readonly close: string; readonly failed: string };

export type Launcher = {
  readonly element: HTMLElement;
  readonly root: ShadowRoot;
  readonly show: (state: { readonly isOpen: boolean; readonly isBusy: boolean }) => void;
  readonly showUnread: (count: number) => void;
  readonly showFailure: () => void;
  readonly focus: () => void;
};

const TAG = 'throughline-chat';
const CHAT_ICON = 'M21 11.5a8.4 8.4 0 0 1-12.2 7.5L3 21l2-5.8A8.4 8.4 0 1 1 21 11.5z';
const CLOSE_ICON = 'M6 9l6 6 6-6';

const WORDS: Readonly<Record<string, LauncherWords>> = {
  en: { open: 'Open the chat', close: 'Close the chat', failed: 'The chat could not be loaded. Press to try again.' },
  de: { open: 'Chat öffnen', close: 'Chat schließen', failed: 'Der Chat ließ sich nicht laden. Noch einmal drücken.' },
  es: { open: 'Abrir el chat', close: 'Cerrar el chat', failed: 'No se pudo cargar el chat. Pulsa otra vez.' },
};

/** Is the chat on this page already? A second script tag adds no second button. */
export function hasLauncher(): boolean {
  return customElements.get(TAG) !== undefined;
}

/** Puts the button on the page. */
export function createLauncher(settings: WidgetSettings, onPress: () => void): Launcher {
  const words = WORDS[settings.locale.slice(0, 2).toLowerCase()] ?? (WORDS['en'] as LauncherWords);
  customElements.define(TAG, class extends HTMLElement {});
  const element = document.createElement(TAG);
  const root = element.attachShadow({ mode: 'open' });
  dress(element, root, settings);
  const badge = create('span', 'badge');
  badge.hidden = true;
  const button = create('button', 'launcher');
  button.append(icon('chat-icon', CHAT_ICON), icon('close-icon', CLOSE_ICON), badge);
  button.addEventListener('click', onPress);
  root.append(button);
  const label = (text: string) => button.setAttribute('aria-label', text);
  const show: Launcher['show'] = ({ isOpen, isBusy }) => {
    button.setAttribute('aria-expanded', String(isOpen));
    button.setAttribute('aria-busy', String(isBusy));
    label(isOpen ? words.close : words.open);
  };
  show({ isOpen: false, isBusy: false });
  return {
    element,
    root,
    show,
    showUnread: (count) => {
      badge.hidden = count === 0;
      badge.textContent = count > 9 ? '9+' : String(count);
      if (count > 0) label(`${words.open} (${count})`);
    },
    showFailure: () => {
      label(words.failed);
      button.title = words.failed;
    },
    focus: () => button.focus(),
  };
}

function dress(element: HTMLElement, root: ShadowRoot, { position, theme, accent }: WidgetSettings): void {
  element.dataset['position'] = position;
  element.dataset['theme'] = theme;
  if (accent !== null) {
    element.style.setProperty('--accent', accent);
    element.style.setProperty('--accent-ink', inkOn(accent));
  }
  // A constructed sheet is no inline style: a strict content policy of the page lets it pass.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
}

function create<Name extends keyof HTMLElementTagNameMap>(name: Name, className: string): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  element.className = className;
  return element;
}

function icon(className: string, path: string): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', className);
  svg.setAttribute('aria-hidden', 'true');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}
