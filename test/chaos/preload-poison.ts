/**
 * Loaded into a worker before the application (`--import`): words that are poison. What asks the model about SPIN never
 * comes back, what asks about ALLOCATE eats memory until the process dies. The application knows nothing of it.
 */
const ask = globalThis.fetch;

globalThis.fetch = (input, init) => {
  const poison = poisonIn(typeof init?.body === 'string' ? init.body : '');
  if (poison === 'SPIN') for (;;);
  if (poison === 'ALLOCATE') {
    const eaten: object[] = [];
    for (;;) eaten.push(Array.from({ length: 1_000 }, (_, index) => ({ index })));
  }
  return ask(input, init);
};

/** Only in the question itself: what was said before stays in the conversation, and must not do it again. */
function poisonIn(body: string): 'SPIN' | 'ALLOCATE' | null {
  const question = body.slice(body.lastIndexOf('<<<end') + 1);
  if (question.includes('SPIN')) return 'SPIN';
  return question.includes('ALLOCATE') ? 'ALLOCATE' : null;
}
