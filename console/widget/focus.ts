/** Leads the focus round in a circle, for a panel that covers the whole screen. */

const CAN_FOCUS = 'a[href], button:not(:disabled), textarea, [tabindex="0"]';

/** Call it with the Tab key's event: at the last control it goes on to the first, backwards from the first to the last. */
export function keepFocusInside(event: KeyboardEvent, panel: HTMLElement): void {
  const controls = [...panel.querySelectorAll<HTMLElement>(CAN_FOCUS)];
  const root = panel.getRootNode();
  const active = root instanceof ShadowRoot ? root.activeElement : document.activeElement;
  const [edge, target] = event.shiftKey ? [controls[0], controls.at(-1)] : [controls.at(-1), controls[0]];
  if (active !== edge || target === undefined) return;
  event.preventDefault();
  target.focus();
}
