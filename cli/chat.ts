/** throughline chat: the terminal as a chat window, by the same door as the widget. */
import { createInterface, type Interface } from 'node:readline/promises';
import type { Command } from 'commander';
import type { Block } from '../core/block.ts';
import { blockToText } from '../core/block.ts';
import { type App, startApp } from '../server/app.ts';
import { readEnvironment } from '../server/config.ts';
import { createOutside } from '../server/outside.ts';
import { type ChatLine, openChat } from './chat-client.ts';

type ChatOptions = { readonly url?: string; readonly member?: string; readonly locale?: string };

/** Registers the verb. */
export function addChat(program: Command): void {
  program
    .command('chat')
    .description('talk with the agents in the terminal')
    .option(
      '--url <address>',
      'a running server; without it a running one on this machine is used, else one is started',
    )
    .option('--member <id>', 'speak as a member of the site, e.g. 1001 (only with a server started by this command)')
    .option('--locale <tag>', 'language of the fixed sentences, e.g. de')
    .action((options: ChatOptions) => chat(options));
}

async function chat(options: ChatOptions): Promise<void> {
  const config = readEnvironment();
  const url = options.url ?? (await runningServer(`http://localhost:${config.port}`, options.member));
  const app = url ? null : await startApp({ ...config, port: 0 }, createOutside(config.logLevel));
  try {
    await converse(url ?? app?.address ?? '', { app, options });
  } finally {
    await app?.stop();
  }
}

/** A member's token is minted by the process that has the secret, so `--member` starts its own. */
async function runningServer(address: string, member: string | undefined): Promise<string | null> {
  if (member !== undefined) return null;
  return fetch(`${address}/healthz`, { signal: AbortSignal.timeout(1_000) }).then(
    (response) => (response.ok ? address : null),
    () => null,
  );
}

type Talk = { readonly app: App | null; readonly options: ChatOptions };

async function converse(url: string, { app, options }: Talk): Promise<void> {
  const token = options.member !== undefined && app ? app.memberToken(options.member) : undefined;
  const client = await openChat(url, {
    ...(token === undefined ? {} : { token }),
    ...(options.locale === undefined ? {} : { locale: options.locale }),
  });
  const terminal = createInterface({ input: process.stdin, output: process.stdout, prompt: 'you> ' });
  // Ctrl-C and the end of a pipe both close the terminal; what was typed before is still said.
  const input = { isOpen: true };
  terminal.once('close', () => {
    input.isOpen = false;
  });
  const shown: { choices: readonly { readonly label: string; readonly token: string }[] } = { choices: [] };
  process.stdout.write(`${client.greeting}\n(an automated assistant; empty line or Ctrl-D ends)\n`);
  const listening = client.listen((line) => {
    shown.choices = show(line);
    if (input.isOpen) terminal.prompt();
  });
  // A pipe does not wait for answers, but its lines may press what an answer offered.
  const pause = process.stdin.isTTY ? () => Promise.resolve() : client.settle;
  await type(terminal, { send: client.send, choose: client.choose, choices: () => shown.choices, pause });
  await client.settle();
  terminal.close();
  client.close();
  await listening;
}

type Typing = {
  readonly send: (text: string) => Promise<void>;
  readonly choose: (option: { readonly label: string; readonly token: string }) => Promise<void>;
  readonly choices: () => readonly { readonly label: string; readonly token: string }[];
  /** Between two lines. */
  readonly pause: () => Promise<void>;
};

/** A number alone presses the option with that number; anything else is said. */
async function type(terminal: Interface, { send, choose, choices, pause }: Typing): Promise<void> {
  terminal.prompt();
  for await (const line of terminal) {
    const text = line.trim();
    if (text === '') return;
    const option = /^\d{1,2}$/.test(text) ? choices()[Number(text) - 1] : undefined;
    await (option ? choose(option) : send(text));
    await pause();
  }
}

function show(line: ChatLine) {
  const choices = line.blocks.flatMap(optionsOf);
  const words = line.blocks.map((block) => {
    const options = optionsOf(block).map((option) => `  [${choices.indexOf(option) + 1}] ${option.label}`);
    const text = block.kind === 'choices' ? (block.prompt ?? '') : blockToText(block);
    return [text, ...options].filter(Boolean).join('\n');
  });
  process.stdout.write(`\r${line.from === 'operator' ? 'team' : 'school'}> ${words.join('\n')}\n`);
  return choices;
}

function optionsOf(block: Block) {
  return block.kind === 'choices' || block.kind === 'card' ? block.options : [];
}
