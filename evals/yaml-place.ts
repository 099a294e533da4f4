/** Where a part of a YAML document stands, and how it is named: for every reader that must say which line to change. */
import { type Document, isAlias, isMap, isNode, isScalar, isSeq } from 'yaml';

/** Keys and positions from the top of a document down to a part of it. */
export type Path = readonly PropertyKey[];

/**
 * The offset at which the part at `path` starts: its key, or its item in a list; for a part that is not there, what
 * should hold it. A part behind an alias (`*name`) stands where it is written out.
 */
export function offsetAt(document: Document, path: Path): number {
  let node: unknown = document.contents;
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  for (const key of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
      if (!pair || !isScalar(pair.key)) return offset;
      offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      const item = node.items[Number(key)];
      if (!isNode(item)) return offset;
      offset = item.range?.[0] ?? offset;
      node = item;
    } else return offset;
  }
  return offset;
}

/** The part at `path` in words: `['offers', 2, 'price']` → `offers[2].price`. */
export function pathToText(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}
