/** Tables for channels that have none: fixed width while it is narrow, else one "header: value" line per row. */
import { type MarkedText, mark, paragraphs, unmarked } from './marked-text.ts';
import { measure } from './measure.ts';

export type TableCells = { readonly header: readonly string[]; readonly rows: readonly (readonly string[])[] };

/** Wider ones break on a telephone. */
const fixedWidthMax = 40;

/** The table as marked text; `monospace`: may be written in fixed width. */
export function tableToMarked({ header, rows }: TableCells, monospace: boolean): MarkedText {
  const lines = [header, ...rows].map((row) => row.map(oneLine));
  const widths = header.map((_, column) => Math.max(...lines.map((row) => measure(row[column] ?? '', 'graphemes'))));
  const width = widths.reduce((sum, each) => sum + each, 0) + 2 * (widths.length - 1);
  if (!monospace || width > fixedWidthMax) return mark(paragraphs(tableToLines({ header, rows })), { kind: 'table' });
  const fixed = lines.map((row) =>
    widths
      .map((each, column) => pad(row[column] ?? '', each))
      .join('  ')
      .trimEnd(),
  );
  return mark(mark(unmarked(fixed.join('\n')), { kind: 'pre' }), { kind: 'table' });
}

function tableToLines({ header, rows }: TableCells): string {
  const lines = rows.map((row) => row.map((cell, column) => labelled(header[column], oneLine(cell))).join(', '));
  return lines.length > 0 ? lines.join('\n') : header.map(oneLine).join(', ');
}

function labelled(label: string | undefined, cell: string): string {
  return label ? `${oneLine(label)}: ${cell}` : cell;
}

function oneLine(cell: string): string {
  return cell.replace(/\s+/g, ' ').trim();
}

function pad(cell: string, width: number): string {
  return cell + ' '.repeat(width - measure(cell, 'graphemes'));
}
