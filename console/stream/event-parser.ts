/** Reads server-sent events out of pieces of text as they arrive. */

export type ServerEvent = {
  readonly name: string;
  readonly data: string;
  /** The last id the server named, on this event or an earlier one; null before the first. */
  readonly id: string | null;
};

export type EventParser = { readonly push: (piece: string) => void };

/** Calls `onEvent` for each event that is complete; one cut off by the end of the stream is dropped, as the standard asks. */
export function createEventParser(onEvent: (event: ServerEvent) => void): EventParser {
  let held = '';
  let isFirst = true;
  let id: string | null = null;
  let fields = { name: 'message', data: [] as string[] };

  const readLine = (line: string) => {
    if (line === '') {
      if (fields.data.length > 0) onEvent({ name: fields.name, data: fields.data.join('\n'), id });
      fields = { name: 'message', data: [] };
      return;
    }
    const { field, value } = splitField(line);
    if (field === 'data') fields.data.push(value);
    if (field === 'event') fields.name = value || 'message';
    if (field === 'id' && !value.includes('\0')) id = value;
  };

  return {
    push: (piece) => {
      held += isFirst && piece.startsWith('\uFEFF') ? piece.slice(1) : piece;
      if (piece !== '') isFirst = false;
      const { lines, rest } = splitLines(held);
      held = rest;
      for (const line of lines) readLine(line);
    },
  };
}

/** Lines end with LF, CR or both; a CR at the very end may be half of a pair and waits. */
function splitLines(text: string): { readonly lines: readonly string[]; readonly rest: string } {
  const lines: string[] = [];
  let start = 0;
  for (const end of text.matchAll(/\r\n|\n|\r(?!$)/g)) {
    lines.push(text.slice(start, end.index));
    start = end.index + end[0].length;
  }
  return { lines, rest: text.slice(start) };
}

/** A comment has the empty name. */
function splitField(line: string): { readonly field: string; readonly value: string } {
  const colon = line.indexOf(':');
  if (colon === -1) return { field: line, value: '' };
  return { field: line.slice(0, colon), value: line.slice(colon + 1).replace(/^ /, '') };
}
