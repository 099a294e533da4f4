/** A small disk that can be filled: a PostgreSQL server's data is moved onto a file system in memory. Needs root. */
import { execFile } from 'node:child_process';
import { existsSync, rmSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PostgresHurt } from './stores.ts';

const run = promisify(execFile);

export type SmallDisk = {
  readonly fill: () => Promise<void>;
  readonly free: () => void;
  /** The server is down and its data are where they were before. */
  readonly remove: () => Promise<void>;
};

/** Why no small disk can be made here; null: one can. */
export function whyNoSmallDisk(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root, to mount a small file system';
  return existsSync('/proc/filesystems') ? null : 'needs /proc';
}

/** Stops the server, moves `data` to a disk with `spareMegabytes` left, starts it again. */
export async function putOnSmallDisk(
  server: PostgresHurt,
  { data, spareMegabytes }: { readonly data: string; readonly spareMegabytes: number },
): Promise<SmallDisk> {
  const real = `${data}.real`;
  await server.crash();
  const { uid, gid } = statSync(data);
  const { stdout } = await run('du', ['-sm', data]);
  const size = Number.parseInt(stdout, 10) + spareMegabytes;
  await run('mv', [data, real]);
  await run('install', ['-d', '-m', '0700', '-o', String(uid), '-g', String(gid), data]);
  await run('mount', ['-t', 'tmpfs', '-o', `size=${size}m,mode=0700,uid=${uid},gid=${gid}`, 'tmpfs', data]);
  await run('cp', ['-a', `${real}/.`, data]);
  await server.start();
  const filler = join(data, 'filler');
  return {
    fill: async () => {
      const { bavail, bsize } = statfsSync(data);
      await run('fallocate', ['-l', String(bavail * bsize), filler]);
    },
    free: () => rmSync(filler, { force: true }),
    remove: async () => {
      await server.crash();
      await run('umount', ['-l', data]);
      await run('rmdir', [data]);
      await run('mv', [real, data]);
    },
  };
}
