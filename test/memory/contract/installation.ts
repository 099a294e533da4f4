/** What every installation keeps: one value per secret, whoever asks first. */
import { uuidv7 } from 'uuidv7';
import { expect, it } from 'vitest';
import type { OpenStore } from '../support.ts';

export function describeInstallation(open: OpenStore): void {
  it('makes a secret once and gives it back ever after', async () => {
    const key = uuidv7();
    expect(await open().installation.secret(key, () => 'first')).toEqual({ value: 'first', isNew: true });
    expect(await open().installation.secret(key, () => 'second')).toEqual({ value: 'first', isNew: false });
    expect(await open().installation.secret(`${key}/2`, () => 'other')).toEqual({ value: 'other', isNew: true });
  });

  it('makes many starters agree on one value', async () => {
    const key = uuidv7();
    const asked = Array.from({ length: 10 }, (_, n) => open().installation.secret(key, () => `secret ${n}`));
    const secrets = await Promise.all(asked);
    expect(new Set(secrets.map(({ value }) => value)).size).toBe(1);
    expect(secrets.filter(({ isNew }) => isNew)).toHaveLength(1);
  });
}
