/** What the panel and its parts are given. */
import type { ReadonlySignal, Signal } from '@preact/signals';
import type { Chat } from './chat.ts';
import type { WidgetWords } from './words.ts';

export type PanelProps = {
  readonly chat: Chat;
  readonly words: WidgetWords;
  readonly locale: string;
  /** What is being written; it outlives a reload. */
  readonly draft: Signal<string>;
  readonly isOpen: ReadonlySignal<boolean>;
  /** Grows each time the focus should go to where one writes. */
  readonly focusRequest: ReadonlySignal<number>;
  readonly close: () => void;
};
