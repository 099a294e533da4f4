/** Course: where a person stands in their own courses, what comes next, lessons marked as done, reminders. */
import type { Block, Option } from '../../core/block.ts';
import type { Draft } from '../../core/reply.ts';
import type { ToolCall } from '../../core/tool-call.ts';
import { type Agent, type AgentContext, resultOf, type Toolbox } from '../agent.ts';
import { type Choice, optionOf, optionsOf, parseChoice } from '../choices.ts';
import { cite, numberedPassages } from '../citations.ts';
import { askedText, choicesBlock, clip, draftOf, isPrivate, textBlock } from '../drafts.ts';
import { bestQuote, CLEAR_ANSWER, quoteBlocks } from '../quote.ts';
import { dayToText, say } from '../words.ts';
import { coursePrompt } from './prompt.ts';
import { courseTools, currentCourse, MyCourses, Progress, Reminder } from './tools.ts';

/** Intents that ask for the person's own place in a course; the others may be answered by a page first. */
const ABOUT_PROGRESS = new Set(['my-progress', 'next-lesson', 'lesson-done', 'remind-me']);
const REMIND_ME = 'remind-me';

export const course: Agent = {
  name: 'course',
  limits: { rounds: 3, deadlineMs: 25_000, toolMs: 4_000 },
  usesModel: true,
  needsNoModel: (context) => {
    if (pressed(context) !== null) return 'choice';
    // Where others read along there is nothing this agent may speak of.
    return isPrivate(context) ? null : 'not_private';
  },
  prompt: coursePrompt,
  tools: courseTools,
  prefetch: (context) => (isPrivate(context) ? [{ tool: 'my_courses', input: {} }] : []),
  draft: (context, { text, calls }) => {
    const cited = cite(text, numberedPassages(context, calls));
    const mine = coursesIn(calls);
    const current = mine && currentCourse(mine.courses, askedText(context));
    const words = cited.text === '' ? [] : [textBlock(cited.text)];
    const blocks = [...words, ...cited.blocks, ...(current ? controlsOf(current, context) : [])];
    if (blocks.length === 0) return withReminders(noCourse(context, mine), calls);
    return withReminders(draftOf({ agent: 'course', blocks, grounded: mine === null }), calls);
  },
  fallback: async (context, toolbox) => {
    if (!isPrivate(context)) return toPrivate(context);
    const draft = await actOnChoice(context, toolbox);
    return withReminders(draft ?? (await showProgress(context, toolbox)), toolbox.calls);
  },
};

/** The choices of this room that need no model to be understood. */
function pressed({ choice }: AgentContext): Extract<Choice, { kind: 'lesson-done' | 'remind' }> | null {
  const parsed = choice === null ? null : parseChoice(choice);
  return parsed?.kind === 'lesson-done' || parsed?.kind === 'remind' ? parsed : null;
}

async function actOnChoice(context: AgentContext, toolbox: Toolbox): Promise<Draft | null> {
  const choice = pressed(context);
  if (choice === null) return null;
  if (choice.kind === 'remind') return await remind(context, { toolbox, days: choice.days });
  const { course: id, lesson } = choice;
  const call = await toolbox.call('mark_done', { course: id, lesson }, 'fallback');
  const progress = Progress.safeParse(call.outcome === 'ok' ? call.result : null);
  return progress.success ? progressDraft(progress.data, context) : null;
}

async function remind(
  context: AgentContext,
  { toolbox, days }: { readonly toolbox: Toolbox; readonly days: number },
): Promise<Draft> {
  const at = new Date(Date.parse(context.now) + days * 24 * 60 * 60 * 1000).toISOString();
  await toolbox.call('set_reminder', { at, text: say('remind_text', context.locale) }, 'fallback');
  const text = say('remind_set', context.locale, { at: dayToText(at, context.locale) });
  return draftOf({ agent: 'course', blocks: [textBlock(text)] });
}

async function showProgress(context: AgentContext, toolbox: Toolbox): Promise<Draft> {
  if (coursesIn(toolbox.calls) === null) await toolbox.call('my_courses', {}, 'fallback');
  const mine = coursesIn(toolbox.calls);
  const answer = ABOUT_PROGRESS.has(context.intent.name) ? null : fromPages(context);
  if (answer) return answer;
  const current = mine && currentCourse(mine.courses, askedText(context));
  if (!current) return noCourse(context, mine);
  return context.intent.name === REMIND_ME ? askWhen(current, context) : progressDraft(current, context);
}

/** A page that clearly answers ("where is my certificate?"), and a ticket for when it does not help. */
function fromPages(context: AgentContext): Draft | null {
  const quote = bestQuote(askedText(context), context.passages);
  if (!quote || quote.strength < CLEAR_ANSWER) return null;
  const ticket = optionsOf(optionOf({ kind: 'open-ticket' }, say('open_ticket', context.locale)));
  return draftOf({ agent: 'course', blocks: [...quoteBlocks(quote), ...choicesBlock(ticket)] });
}

/** Known to the site but in no course: the offers. Not known: a way to sign in. */
function noCourse(context: AgentContext, mine: MyCourses | null): Draft {
  const { locale } = context;
  if (context.person.isMember) {
    const offers = optionsOf(optionOf({ kind: 'topic', agent: 'sales' }, say('see_offers', locale)));
    return draftOf({ agent: 'course', blocks: [textBlock(context.phrase('no_enrolment')), ...choicesBlock(offers)] });
  }
  const link: readonly Block[] = mine?.site ? [{ kind: 'link', label: say('sign_in', locale), url: mine.site }] : [];
  return draftOf({ agent: 'course', blocks: [textBlock(context.phrase('link_needed')), ...link] });
}

function progressDraft(progress: Progress, context: AgentContext): Draft {
  return draftOf({
    agent: 'course',
    blocks: [textBlock(progressText(progress, context)), ...controlsOf(progress, context)],
  });
}

function progressText({ title, done, total, next }: Progress, context: AgentContext): string {
  if (!next) return context.phrase('course_finished', { course: title });
  const values = { course: title, done: String(done), total: String(total), next: next.title };
  const share = done / total;
  const mood = share < 0.2 ? 'encourage_start' : share < 0.75 ? 'encourage_middle' : 'encourage_end';
  return `${context.phrase('course_progress', values)} ${say(mood, context.locale)}`;
}

function controlsOf({ course: id, url, next }: Progress, { locale }: AgentContext): readonly Block[] {
  const link: Block = { kind: 'link', label: say('open_course', locale), url };
  const done: Option | null = next
    ? optionOf({ kind: 'lesson-done', course: id, lesson: next.id }, say('lesson_done', locale))
    : null;
  const offers = next ? null : optionOf({ kind: 'topic', agent: 'sales' }, say('see_offers', locale));
  return [link, ...choicesBlock(optionsOf(done, offers))];
}

function askWhen(progress: Progress, context: AgentContext): Draft {
  const { locale } = context;
  const later = [3, 7].map((days) =>
    optionOf({ kind: 'remind', days }, say('remind_days', locale, { days: String(days) })),
  );
  const options = optionsOf(optionOf({ kind: 'remind', days: 1 }, say('remind_tomorrow', locale)), ...later);
  const text = `${progressText(progress, context)} ${say('remind_ask', locale)}`;
  return draftOf({ agent: 'course', blocks: [textBlock(text), ...choicesBlock(options)] });
}

function toPrivate(context: AgentContext): Draft {
  return draftOf({ agent: 'course', blocks: [textBlock(context.phrase('public_to_private'))] });
}

function coursesIn(calls: readonly ToolCall[]): MyCourses | null {
  const parsed = MyCourses.safeParse(resultOf(calls, 'my_courses'));
  return parsed.success ? parsed.data : null;
}

/** Reminders the tools accepted, whoever asked for them. */
function withReminders(draft: Draft, calls: readonly ToolCall[]): Draft {
  const reminders = calls
    .filter((call) => call.name === 'set_reminder' && call.outcome === 'ok')
    .flatMap((call) => {
      const parsed = Reminder.safeParse(call.result);
      return parsed.success ? [{ ...parsed.data, text: clip(parsed.data.text, 300) }] : [];
    });
  return reminders.length === 0 ? draft : { ...draft, reminders };
}
