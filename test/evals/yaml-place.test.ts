/** Where a part of a YAML document stands. */
import { describe, expect, it } from 'vitest';
import { LineCounter, parseDocument } from 'yaml';
import { offsetAt, type Path, pathToText } from '../../evals/yaml-place.ts';

const TEXT = `name: school
shared: &prices
  now: 1
  later: [2, 3]
offers:
  - id: a
    price: *prices
  - id: b
`;

/** `line:column` */
function placeOf(path: Path, text = TEXT): string {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const { line, col } = lines.linePos(offsetAt(document, path));
  return `${line}:${col}`;
}

describe('the place of a part', () => {
  it.each<[Path, string]>([
    [[], '1:1'],
    [['name'], '1:1'],
    [['shared', 'later'], '4:3'],
    [['shared', 'later', 1], '4:14'],
    [['offers', 1, 'id'], '8:5'],
    [['offers', 0, 'price'], '7:5'],
  ])('%j is %s', (path, place) => {
    expect(placeOf(path)).toBe(place);
  });

  it('behind an alias is where it is written out', () => {
    expect(placeOf(['offers', 0, 'price', 'now'])).toBe('3:3');
    expect(placeOf(['offers', 0, 'price', 'later', 0])).toBe('4:11');
  });

  it('that is not there is that of what should hold it', () => {
    expect(placeOf(['offers', 1, 'price'])).toBe('8:5');
    expect(placeOf(['offers', 7, 'id'])).toBe('5:1');
    expect(placeOf(['name', 'first', 'x'])).toBe('1:1');
    expect(placeOf(['anything'], '')).toBe('1:1');
  });

  it('has a name', () => {
    expect(pathToText(['offers', 2, 'price', 'amount'])).toBe('offers[2].price.amount');
    expect(pathToText([0, 'id'])).toBe('[0].id');
    expect(pathToText([])).toBe('');
  });
});
