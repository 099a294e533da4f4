/** Words in several languages. */
import { z } from 'zod';

/** Language → something. `en` is always there and is the last resort. */
export function byLanguage<Value extends z.ZodType>(value: Value) {
  return z.record(z.string().regex(/^[a-z]{2}$/), value).refine((all) => 'en' in all, {
    error: 'needs at least the key "en"',
  });
}

export const Localised = byLanguage(z.string().min(1));
export type Localised = z.infer<typeof Localised>;
