/** Looks into what a component drew, without a browser. */
import { type ComponentChildren, isValidElement } from 'preact';

export type DrawnElement = { readonly type: string; readonly props: Readonly<Record<string, unknown>> };

/** Every element in it, outermost first. Components of their own are not opened: there must be none. */
export function elementsOf(drawn: ComponentChildren): readonly DrawnElement[] {
  if (Array.isArray(drawn)) return drawn.flatMap((one) => elementsOf(one as ComponentChildren));
  if (!isValidElement(drawn)) return [];
  const { children, ...props } = drawn.props as Record<string, unknown>;
  return [{ type: String(drawn.type), props }, ...elementsOf(children as ComponentChildren)];
}

/** Its words, as one would read them. */
export function wordsOf(drawn: ComponentChildren): string {
  if (Array.isArray(drawn)) return drawn.map((one) => wordsOf(one as ComponentChildren)).join('');
  if (isValidElement(drawn)) return wordsOf((drawn.props as { readonly children?: ComponentChildren }).children);
  return typeof drawn === 'string' || typeof drawn === 'number' ? String(drawn) : '';
}
