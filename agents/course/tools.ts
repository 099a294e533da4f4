/** What the course agent may read and do: the person's own courses, a finished lesson, a reminder. */
import { z } from 'zod';
import type { Course, Enrolment } from '../../core/catalogue.ts';
import { InvalidPayloadError, PermanentError } from '../../core/errors.ts';
import { type AgentContext, type AgentPorts, defineTool, type Tool } from '../agent.ts';

const Slug = z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/);
const NoArguments = z.strictObject({});
const NextArguments = z.strictObject({
  course: Slug.optional().describe("The id of one of the person's own courses; left out: the one they are in."),
});
const DoneArguments = z.strictObject({
  course: Slug.describe("The id of one of the person's own courses."),
  lesson: Slug.describe('The id of the lesson, as my_courses lists it.'),
});
const ReminderArguments = z.strictObject({
  at: z.iso
    .datetime({ offset: true })
    .describe('When, in ISO 8601 with the offset, e.g. 2026-11-23T18:00:00+01:00. In the future, within a year.'),
  text: z.string().min(1).max(300).describe('What to remind of, in the language of the conversation.'),
});

const LessonView = z.object({ id: z.string(), title: z.string(), minutes: z.number(), isDone: z.boolean() });
/** One of the person's own courses. `next` is null when every lesson is done. */
export const Progress = z.object({
  course: z.string(),
  title: z.string(),
  aliases: z.array(z.string()),
  url: z.string(),
  startedAt: z.string(),
  done: z.number(),
  total: z.number(),
  next: LessonView.nullable(),
  lessons: z.array(LessonView),
});
export type Progress = z.infer<typeof Progress>;
/** `site` is where people sign in to learn, or null when there are no courses at all. */
export const MyCourses = z.object({ site: z.string().nullable(), courses: z.array(Progress) });
export type MyCourses = z.infer<typeof MyCourses>;
export const Reminder = z.object({ at: z.iso.datetime(), text: z.string().max(300) });

const LONGEST_REMINDER_MS = 366 * 24 * 60 * 60 * 1000;

export function courseTools(ports: AgentPorts, { now }: AgentContext): readonly Tool[] {
  return [...progressTools(ports), ...changeTools(ports, now)];
}

const THEIR_OWN = { audience: 'private', needsApproval: false } as const;

function progressTools(ports: AgentPorts): readonly Tool[] {
  const readMine = async (): Promise<MyCourses> => {
    const [courses, enrolments] = await Promise.all([ports.courses(), ports.myEnrolments()]);
    return myCourses(courses, enrolments);
  };
  return [
    defineTool({
      ...THEIR_OWN,
      name: 'my_courses',
      description: 'The courses this person is enrolled in: lessons done, the next lesson, where to open it.',
      effect: 'reads',
      arguments: NoArguments,
      run: readMine,
    }),
    defineTool({
      ...THEIR_OWN,
      name: 'next_lesson',
      description:
        'The next lesson of the person in one of their courses. Null: nothing is left, or they are in no course.',
      effect: 'reads',
      arguments: NextArguments,
      run: async ({ course }) => {
        const { courses } = await readMine();
        const mine = course === undefined ? currentCourse(courses, '') : courses.find((one) => one.course === course);
        return mine?.next ? { course: mine.course, title: mine.title, url: mine.url, lesson: mine.next } : null;
      },
    }),
  ];
}

function changeTools(ports: AgentPorts, now: string): readonly Tool[] {
  return [
    defineTool({
      ...THEIR_OWN,
      name: 'mark_done',
      description:
        'Marks a lesson as done, when the person says that they have finished it. Returns the progress afterwards.',
      effect: 'writes',
      arguments: DoneArguments,
      run: async ({ course, lesson }) => {
        const enrolment = await ports.markLessonDone(course, lesson);
        const progress = enrolment && myCourses(await ports.courses(), [enrolment]).courses[0];
        if (progress) return progress;
        throw new PermanentError('unknown_name', `The person is not in "${course}" or it has no lesson "${lesson}".`);
      },
    }),
    defineTool({
      ...THEIR_OWN,
      name: 'set_reminder',
      description: 'Reminds the person here at a time they asked for. Ask for the time if they named none.',
      effect: 'writes',
      arguments: ReminderArguments,
      run: ({ at, text }) => {
        const wait = Date.parse(at) - Date.parse(now);
        if (wait > 0 && wait <= LONGEST_REMINDER_MS) return Promise.resolve({ at: new Date(at).toISOString(), text });
        throw new InvalidPayloadError('malformed', `${at} is not within the next year.`, { path: 'at' });
      },
    }),
  ];
}

/** Enrolments with what their courses say. An enrolment in a course that is no longer there is left out. Pure. */
function myCourses(courses: readonly Course[], enrolments: readonly Enrolment[]): MyCourses {
  const first = courses[0];
  const progress = enrolments.flatMap((enrolment) => {
    const course = courses.find(({ id }) => id === enrolment.course);
    return course ? [progressOf(course, enrolment)] : [];
  });
  return { site: first ? new URL('/', first.url).href : null, courses: progress };
}

function progressOf(course: Course, enrolment: Enrolment): Progress {
  const lessons = course.lessons.map((lesson) => ({ ...lesson, isDone: enrolment.completed.includes(lesson.id) }));
  return {
    course: course.id,
    title: course.title,
    aliases: course.aliases,
    url: course.url,
    startedAt: enrolment.startedAt,
    done: lessons.filter(({ isDone }) => isDone).length,
    total: lessons.length,
    next: lessons.find(({ isDone }) => !isDone) ?? null,
    lessons,
  };
}

/** The course the words name, else the one begun last of those not finished, else the last finished one. Pure. */
export function currentCourse(courses: readonly Progress[], words: string): Progress | undefined {
  const said = words.toLowerCase();
  const isNamed = ({ title, aliases }: Progress): boolean =>
    [title, ...aliases].some((name) => said.includes(name.toLowerCase()));
  const byStart = courses.toSorted((a, b) => b.startedAt.localeCompare(a.startedAt));
  return byStart.find(isNamed) ?? byStart.find(({ next }) => next !== null) ?? byStart[0];
}
