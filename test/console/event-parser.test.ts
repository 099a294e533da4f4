/** The reader of server-sent events, fed piece by piece as a network would. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEventParser, type ServerEvent } from '../../console/stream/event-parser.ts';

function read(...pieces: readonly string[]): readonly ServerEvent[] {
  const events: ServerEvent[] = [];
  const parser = createEventParser((event) => events.push(event));
  for (const piece of pieces) parser.push(piece);
  return events;
}

describe('createEventParser', () => {
  it('reads name, data and id', () => {
    expect(read('id: 7\nevent: message\ndata: {"a":1}\n\n')).toEqual([{ name: 'message', data: '{"a":1}', id: '7' }]);
  });

  it('joins several data lines, and takes one blank after the colon away', () => {
    expect(read('data:one\ndata:  two\ndata\n\n')).toEqual([{ name: 'message', data: 'one\n two\n', id: null }]);
  });

  it('passes over comments, unknown fields and events without data', () => {
    expect(read(': still here\n\nretry: 100\nevent: typing\n\ndata: x\n\n')).toEqual([
      { name: 'message', data: 'x', id: null },
    ]);
  });

  it('keeps the last id for events that name none', () => {
    expect(read('id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n').map(({ id }) => id)).toEqual(['1', '1', '']);
  });

  it('takes an id that comes without data as well', () => {
    expect(read('id: 5\n\ndata: a\n\n')[0]?.id).toBe('5');
  });

  it('drops what was cut off', () => {
    expect(read('data: whole\n\ndata: half\n')).toHaveLength(1);
  });

  it('reads LF, CR and CRLF, and a byte order mark at the start', () => {
    expect(read('\uFEFFdata: a\r\n\r\ndata: b\r\rdata: c\n\n ').map(({ data }) => data)).toEqual(['a', 'b', 'c']);
  });

  it('reads the same however the text is cut', () => {
    const whole =
      ': hi\r\nid: 1\r\nevent: message\r\ndata: first ü\r\n\r\nid: 2\ndata: second\ndata: line\n\ndata: third\r\r\n';
    const cuts = fc.array(fc.nat({ max: whole.length }), { maxLength: 12 });
    fc.assert(
      fc.property(cuts, (places) => {
        const edges = [0, ...places.toSorted((a, b) => a - b), whole.length];
        const pieces = edges.slice(1).map((end, index) => whole.slice(edges[index], end));
        expect(read(...pieces)).toEqual(read(whole));
      }),
    );
  });
});
