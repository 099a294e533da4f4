/** What models cost, as the configuration writes it: `name=input/output` per million tokens, with commas between. */
import { z } from 'zod';
import type { ModelPrices } from './metrics.ts';

const ENTRY = /^([^=,]+)=(\d+(?:\.\d+)?)\/(\d+(?:\.\d+)?)$/;

export const ModelPricesText = z.string().transform((text, context): ModelPrices => {
  const entries = text.split(',').map((part) => ENTRY.exec(part.trim()));
  if (entries.includes(null)) {
    context.addIssue({ code: 'custom', message: 'not name=input/output' });
    return z.NEVER;
  }
  return Object.fromEntries(
    entries.map((entry) => [entry?.[1]?.trim() ?? '', { input: Number(entry?.[2]), output: Number(entry?.[3]) }]),
  );
});
