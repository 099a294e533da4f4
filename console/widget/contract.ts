/** What the loader and the panel know of each other, and what the page may call. */

export type WidgetSettings = {
  /** Where the chat is served from, ending in a slash. */
  readonly base: string;
  readonly position: 'right' | 'left';
  /** `auto`: opens by itself on wide screens until the visitor closes it once. */
  readonly opens: 'auto' | 'closed';
  readonly theme: 'auto' | 'light' | 'dark';
  /** `#rrggbb`, or null for the chat's own colour. */
  readonly accent: string | null;
  /** BCP 47. */
  readonly locale: string;
};

/** What the panel is given by the loader. */
export type PanelHost = {
  readonly element: HTMLElement;
  readonly root: ShadowRoot;
  readonly settings: WidgetSettings;
  readonly showUnread: (count: number) => void;
  /** Called when the panel is about to close, while it still has the focus. */
  readonly onClose: () => void;
};

export type Panel = {
  readonly open: (how: { readonly takeFocus: boolean }) => void;
  readonly close: () => void;
  readonly send: (text: string) => void;
};

/** `window.Throughline`, for the page around the chat. */
export type WidgetApi = {
  readonly open: () => void;
  readonly close: () => void;
  /** Opens the chat and says this as the visitor's own words. */
  readonly send: (text: string) => void;
};

/** What the lazily loaded file exports. */
export type PanelModule = { readonly mountPanel: (host: PanelHost) => Panel };

declare global {
  interface Window {
    Throughline?: WidgetApi;
  }
}
