/** How large an installation without development packages is, the Node runtime left out. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

type Lockfile = { readonly packages: Readonly<Record<string, { readonly dev?: boolean }>> };

const RUNTIME = /^node_modules\/node-(bin-)?(linux|darwin|win)/;

/** Megabytes of every package the lockfile needs for running, as installed here. */
export async function installMegabytes(): Promise<number> {
  const lockfile = JSON.parse(await readFile('package-lock.json', 'utf8')) as Lockfile;
  const names = Object.entries(lockfile.packages)
    .filter(([name, { dev }]) => name !== '' && !dev && !RUNTIME.test(name))
    .map(([name]) => name);
  const sizes = await Promise.all(names.map((name) => folderBytes(name)));
  return Math.round(sizes.reduce((sum, size) => sum + size, 0) / 2 ** 20);
}

/** Bytes in a package's own files; packages nested inside are listed in the lockfile by themselves. */
async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return entry.name === 'node_modules' ? 0 : folderBytes(path);
      return entry.isFile() ? (await stat(path)).size : 0;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
