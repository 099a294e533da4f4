/** The words the design does not use (DESIGN section 13), and where a vendor's own name for a thing makes one unavoidable. */

const FORBIDDEN = ['session', 'chatbot', 'bot', 'contact', 'user id', 'chunk', 'handler'] as const;
export type ForbiddenWord = (typeof FORBIDDEN)[number];

type Exception = {
  readonly word: ForbiddenWord;
  readonly where: RegExp;
  readonly text: RegExp;
  readonly because: string;
};

/** `where` matches the file, `text` the identifier or comment as written. */
const EXCEPTIONS: readonly Exception[] = [
  {
    word: 'bot',
    where: /^channels\/telegram\/|^server\/config\.ts$|^cli\//,
    text: /./,
    because: "Telegram's own name: Bot API, bot token, TELEGRAM_BOT_TOKEN",
  },
  {
    word: 'chunk',
    where: /^agents\/(?:ask|assembly)\.ts$|^server\/model\.ts$/,
    text: /./,
    because: "LangChain's word for a piece of a streamed message: AIMessageChunk",
  },
];

/** The forbidden words in an identifier (`sessionId` holds `session`) or a comment of the file at `path`. */
export function findForbidden({
  path,
  text,
}: {
  readonly path: string;
  readonly text: string;
}): readonly ForbiddenWord[] {
  const words = ` ${wordsOf(text).join(' ')} `;
  return FORBIDDEN.filter((word) => words.includes(` ${word} `) || words.includes(` ${word}s `)).filter(
    (word) =>
      !EXCEPTIONS.some(
        (exception) => exception.word === word && exception.where.test(path) && exception.text.test(text),
      ),
  );
}

/** `createUserIdMap` → create, user, id, map. */
function wordsOf(text: string): readonly string[] {
  return text
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
}
