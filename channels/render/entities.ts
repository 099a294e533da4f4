/** Marks as Telegram's entities: UTF-16 ranges that obey its rules on nesting. */
import type { Mark, MarkedText } from './marked-text.ts';

type EntityStyle =
  | { readonly type: 'bold' | 'italic' | 'strikethrough' | 'blockquote' | 'code' }
  | { readonly type: 'pre'; readonly language?: string }
  | { readonly type: 'text_link'; readonly url: string };
export type Entity = EntityStyle & { readonly offset: number; readonly length: number };

type Styled = { readonly style: EntityStyle; readonly start: number; readonly end: number };

/** Telegram ignores the entities after the hundredth without a word. */
const entitiesMax = 100;

/** The text's entities, outer ones first, and whether the limit took some away. */
export function marksToEntities({ text, marks }: MarkedText): {
  readonly entities: readonly Entity[];
  readonly isComplete: boolean;
} {
  const legal = obeyNesting(marks.flatMap(styled));
  const entities = legal
    .map((one) => withoutOuterSpace(one, text))
    .filter((one) => one.end > one.start)
    .toSorted((a, b) => a.start - b.start || b.end - a.end)
    .map(({ style, start, end }): Entity => ({ ...style, offset: start, length: end - start }));
  return { entities: entities.slice(0, entitiesMax), isComplete: entities.length <= entitiesMax };
}

function styled(one: Mark): readonly Styled[] {
  const style = styleOf(one);
  return style ? [{ style, start: one.start, end: one.end }] : [];
}

function styleOf(one: Mark): EntityStyle | undefined {
  switch (one.kind) {
    case 'bold':
    case 'heading':
      return { type: 'bold' };
    case 'italic':
      return { type: 'italic' };
    case 'strike':
      return { type: 'strikethrough' };
    case 'quote':
      return { type: 'blockquote' };
    case 'code':
      return { type: 'code' };
    case 'pre':
      return one.language ? { type: 'pre', language: one.language } : { type: 'pre' };
    case 'link':
      return { type: 'text_link', url: one.url };
    case 'paragraph':
    case 'list':
    case 'item':
    case 'table':
    case 'image':
      return undefined;
  }
}

/**
 * Code goes together with nothing but a quote around it: inside a link it is dropped, bold and the like leave it out.
 * The same style is not put inside itself; quotes cannot nest at all.
 */
function obeyNesting(all: readonly Styled[]): readonly Styled[] {
  const links = all.filter((one) => one.style.type === 'text_link');
  const kept = all.filter((one, index) => {
    if (isCode(one) && links.some((link) => encloses(link, one))) return false;
    return !all.some((other, place) => place < index && other.style.type === one.style.type && encloses(other, one));
  });
  const codes = kept.filter(isCode);
  return kept.flatMap((one) => {
    const isFormatting = ['bold', 'italic', 'strikethrough'].includes(one.style.type);
    return isFormatting ? without(one, codes) : [one];
  });
}

function isCode({ style }: Styled): boolean {
  return style.type === 'code' || style.type === 'pre';
}

function encloses(outer: Styled, inner: Styled): boolean {
  return outer !== inner && outer.start <= inner.start && inner.end <= outer.end;
}

function without(whole: Styled, holes: readonly Styled[]): readonly Styled[] {
  return holes.reduce<readonly Styled[]>(
    (left, hole) =>
      left.flatMap((one) => {
        if (hole.end <= one.start || one.end <= hole.start) return [one];
        return [
          { ...one, end: Math.max(one.start, hole.start) },
          { ...one, start: Math.min(one.end, hole.end) },
        ];
      }),
    [whole],
  );
}

function withoutOuterSpace(one: Styled, text: string): Styled {
  const words = text.slice(one.start, one.end);
  const start = one.start + words.length - words.trimStart().length;
  return { ...one, start, end: Math.max(start, one.start + words.trimEnd().length) };
}
