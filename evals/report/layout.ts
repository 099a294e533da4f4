/** How a report is set: columns that line up, lines that fit, numbers written one way. Pure. */

export type Tone = 'good' | 'bad' | 'warn' | 'faint' | 'strong';
/** Puts a tone on a text; a report for a file leaves it as it is. */
export type Paint = (tone: Tone, text: string) => string;

export type Cell = { readonly text: string; readonly tone?: Tone; readonly isRight?: boolean };

/** Rows as lines; each column as wide as its widest cell, two spaces apart. Painted after padding, so colours never shift. */
export function setTable(rows: readonly (readonly Cell[])[], paint: Paint): readonly string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, index) =>
    Math.max(...rows.map((row) => widthOf(row[index]?.text ?? ''))),
  );
  return rows.map((row) =>
    row
      .map((cell, index) => {
        const gap = ' '.repeat(Math.max(0, (widths[index] ?? 0) - widthOf(cell.text)));
        const isLast = index === row.length - 1;
        const padded = cell.isRight ? gap + cell.text : isLast ? cell.text : cell.text + gap;
        return cell.tone ? paint(cell.tone, padded) : padded;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Breaks a text into lines of at most `width` characters, at spaces where there are any; line breaks stay. */
export function wrap(text: string, width: number): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const lines: string[] = [];
    let rest = line.trimEnd();
    while (rest.length > width) {
      const space = rest.lastIndexOf(' ', width);
      const end = space > width / 3 ? space : width;
      lines.push(rest.slice(0, end).trimEnd());
      rest = rest.slice(end).trimStart();
    }
    return [...lines, rest];
  });
}

/** A label and a text beside it, wrapped under itself. */
export function setLabelled(
  label: string,
  text: string,
  { indent, width }: { readonly indent: number; readonly width: number },
): readonly string[] {
  const margin = ' '.repeat(indent);
  const [first = '', ...rest] = wrap(text, Math.max(20, width - indent - LABEL));
  return [`${margin}${label.padEnd(LABEL)}${first}`, ...rest.map((line) => `${margin}${' '.repeat(LABEL)}${line}`)].map(
    (line) => line.trimEnd(),
  );
}

const LABEL = 11;

/** `0.964` → `96.4 %` */
export function percent(share: number | null): string {
  return share === null ? '–' : `${(share * 100).toFixed(1)} %`;
}

/** `41.3` → `41 ms`, `1240` → `1.2 s` */
export function duration(milliseconds: number | null): string {
  if (milliseconds === null) return '–';
  return milliseconds < 1_000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1_000).toFixed(1)} s`;
}

/** `1, 'case'` → `1 case`, `3, 'case'` → `3 cases` */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** Characters, not bytes; good enough for the scripts of our reports. */
function widthOf(text: string): number {
  return [...text].length;
}
