/** The loader behind `<script src="/widget.js" async>`: a button now, the chat itself when it is wanted. */
import type { Panel, PanelModule } from './widget/contract.ts';
import { browserStorage, createKeep } from './widget/keep.ts';
import { createLauncher, hasLauncher } from './widget/launcher.ts';
import { readSettings } from './widget/settings.ts';

const OPEN = 'open';
/** On anything narrower the chat would cover the page that somebody came to read. */
const WIDE = '(min-width: 760px)';

/** Known only while the script runs for the first time. */
const script = document.currentScript ?? document.querySelector('script[src*="/widget.js"]');

if (script instanceof HTMLScriptElement && !hasLauncher()) {
  if (document.body) start(script);
  else document.addEventListener('DOMContentLoaded', () => start(script));
}

function start({ src, dataset }: HTMLScriptElement): void {
  const settings = readSettings(dataset, { src, language: navigator.language });
  const keep = createKeep(browserStorage(window), settings.base);
  let panel: Promise<Panel> | null = null;
  let isOpen = false;

  const note = (open: boolean) => {
    isOpen = open;
    keep.set(OPEN, open ? 'yes' : 'no');
    launcher.show({ isOpen, isBusy: false });
  };
  const load = () => {
    panel ??= importPanel(settings.base).then((module) =>
      module.mountPanel({
        ...launcher,
        settings,
        onClose: () => {
          // Only a focus that was inside comes back; one elsewhere on the page is left alone.
          const hadFocus = launcher.root.activeElement !== null;
          note(false);
          if (hadFocus) launcher.focus();
        },
      }),
    );
    return panel;
  };
  const use = (act: (loaded: Panel) => void) => {
    launcher.show({ isOpen, isBusy: true });
    load().then(act, () => {
      panel = null;
      launcher.show({ isOpen, isBusy: false });
      launcher.showFailure();
    });
  };
  const open = (takeFocus: boolean) =>
    use((loaded) => {
      note(true);
      loaded.open({ takeFocus });
    });
  const close = () => use((loaded) => loaded.close());

  const launcher = createLauncher(settings, () => (isOpen ? close() : open(true)));
  document.body.append(launcher.element);
  const send = (text: string) => {
    open(true);
    use((loaded) => loaded.send(text));
  };
  window.Throughline = { open: () => open(true), close: () => isOpen && close(), send };
  followLinks((text) => (text === '' ? open(true) : send(text)));

  const wanted = keep.get(OPEN) ?? (settings.opens === 'auto' ? 'yes' : 'no');
  if (wanted === 'yes' && matchMedia(WIDE).matches) open(false);
  // Somebody who has written before may have an answer waiting: the badge needs the stream.
  else if (keep.get('token') !== null) setTimeout(() => void load().catch(() => {}), 1500);
}

/** Anything on the page with `data-throughline` opens the chat; words in the attribute are said as well. */
function followLinks(onPress: (text: string) => void): void {
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('[data-throughline]') : null;
    if (link === null) return;
    event.preventDefault();
    onPress(link.getAttribute('data-throughline') ?? '');
  });
}

function importPanel(base: string): Promise<PanelModule> {
  return import(/* @vite-ignore */ base + PANEL_FILE) as Promise<PanelModule>;
}
