/** The archive as another program reads it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type ZipEntry, zipOf } from '../../server/zip.ts';

const entries = [
  { name: 'index.html', text: '<p>Grüße 👋</p>\n'.repeat(200) },
  { name: 'leer.json', text: '' },
  { name: 'übersicht.json', text: '[]\n' },
];
const AT = Date.parse('2026-11-23T09:41:22.000Z');

/** Read from the end, by the directory, as unpackers do. */
function unzip(archive: Buffer): readonly ZipEntry[] {
  const end = archive.length - 22;
  expect(archive.readUInt32LE(end)).toBe(0x06_05_4b_50);
  let at = archive.readUInt32LE(end + 16);
  return Array.from({ length: archive.readUInt16LE(end + 10) }, () => {
    expect(archive.readUInt32LE(at)).toBe(0x02_01_4b_50);
    const [crc, packed, size, named] = [
      archive.readUInt32LE(at + 16),
      archive.readUInt32LE(at + 20),
      archive.readUInt32LE(at + 24),
      archive.readUInt16LE(at + 28),
    ];
    const local = archive.readUInt32LE(at + 42);
    expect(archive.readUInt32LE(local)).toBe(0x04_03_4b_50);
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const data = inflateRawSync(archive.subarray(start, start + packed));
    expect([data.length, crc32(data)]).toEqual([size, crc]);
    const name = archive.toString('utf8', at + 46, at + 46 + named);
    at += 46 + named;
    return { name, text: data.toString() };
  });
}

/** True when there is a Python to ask. */
const hasPython = ((): boolean => {
  try {
    execFileSync('python3', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe('an archive', () => {
  it('gives back what was put in', () => {
    expect(unzip(zipOf(entries, AT))).toEqual(entries);
    expect(unzip(zipOf([], AT))).toEqual([]);
  });

  it.skipIf(!hasPython)('is one for a program that is not ours (needs python3)', () => {
    const folder = mkdtempSync(join(tmpdir(), 'throughline-zip-'));
    try {
      writeFileSync(join(folder, 'x.zip'), zipOf(entries, AT));
      const script =
        'import zipfile,json;z=zipfile.ZipFile("x.zip");print(json.dumps([z.testzip(),[[i.filename,list(i.date_time)] for i in z.infolist()]]))';
      const said: unknown = JSON.parse(execFileSync('python3', ['-c', script], { cwd: folder }).toString());
      expect(said).toEqual([null, entries.map(({ name }) => [name, [2026, 11, 23, 9, 41, 22]])]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
