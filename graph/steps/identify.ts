/** identify: the handle becomes a person, the thread tells who may hear, the words tell the language. */
import { detectLanguage } from '../../core/language.ts';
import type { Step } from '../state.ts';

export const identify: Step = async ({ burst }, { ports, text }) => {
  const [person, thread] = await Promise.all([
    ports.memory.people.ofHandle(burst.handle),
    ports.memory.threads.get(burst.thread),
  ]);
  const spoken = detectLanguage(text);
  // A region the platform told ("en-US") is worth keeping while the language is the same: crisis lines depend on it.
  const isSame = spoken === null || person.locale.toLowerCase().startsWith(spoken);
  return { person, thread, locale: isSame ? person.locale : spoken };
};
