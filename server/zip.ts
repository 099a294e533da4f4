/** A ZIP archive of a few texts, as APPNOTE.TXT 6.3 describes it: deflated, names in UTF-8, no extensions. */
import { crc32, deflateRawSync } from 'node:zlib';

export type ZipEntry = { readonly name: string; readonly text: string };

const LOCAL = 0x04_03_4b_50;
const CENTRAL = 0x02_01_4b_50;
const END = 0x06_05_4b_50;
/** Names are UTF-8. */
const UTF8 = 0x08_00;
const DEFLATED = 8;
const VERSION = 20;

/** `at`: milliseconds since 1970; the time every entry carries, in UTC. Entries beyond 4 GB or 65 535 in number are not for this. */
export function zipOf(entries: readonly ZipEntry[], at: number): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, text } of entries) {
    const data = Buffer.from(text);
    const packed = deflateRawSync(data);
    const fields = fieldsOf({ name, data, packed, at });
    const local = Buffer.concat([number(LOCAL, 4), fields, number(0, 2), Buffer.from(name)]);
    const central = [
      number(CENTRAL, 4),
      number(VERSION, 2),
      fields,
      number(0, 2),
      number(0, 2),
      number(0, 2),
      number(0, 2),
    ];
    directory.push(Buffer.concat([...central, number(0, 4), number(offset, 4), Buffer.from(name)]));
    bodies.push(local, packed);
    offset += local.length + packed.length;
  }
  const list = Buffer.concat(directory);
  const count = number(entries.length, 2);
  const end = [
    number(END, 4),
    number(0, 2),
    number(0, 2),
    count,
    count,
    number(list.length, 4),
    number(offset, 4),
    number(0, 2),
  ];
  return Buffer.concat([...bodies, list, ...end]);
}

type Fields = { readonly name: string; readonly data: Buffer; readonly packed: Buffer; readonly at: number };

/** What an entry's own head and its line in the directory have in common; the length of extensions follows. */
function fieldsOf({ name, data, packed, at }: Fields): Buffer {
  const time = new Date(at);
  const clock = (time.getUTCHours() << 11) | (time.getUTCMinutes() << 5) | (time.getUTCSeconds() >> 1);
  const day = ((time.getUTCFullYear() - 1980) << 9) | ((time.getUTCMonth() + 1) << 5) | time.getUTCDate();
  return Buffer.concat([
    ...[number(VERSION, 2), number(UTF8, 2), number(DEFLATED, 2), number(clock, 2), number(day, 2)],
    ...[number(crc32(data), 4), number(packed.length, 4), number(data.length, 4), number(Buffer.byteLength(name), 2)],
  ]);
}

function number(value: number, bytes: 2 | 4): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntLE(value, 0, bytes);
  return buffer;
}
