/** Small parts that every page uses: states, times, problems, empty places. */
import type { ComponentChildren } from 'preact';
import type { Problem } from './api.ts';
import { ago, moment } from './time.ts';

export type Tone = 'quiet' | 'good' | 'warn' | 'bad' | 'info';

/** A word with a colour; the word alone must say it all. */
export function Badge({ tone, children }: { readonly tone: Tone; readonly children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

/** How long ago, with the exact time on pointing at it. */
export function Ago({ at, now }: { readonly at: string; readonly now: number }) {
  return (
    <time dateTime={at} title={moment(at)}>
      {ago(Date.parse(at), now)}
    </time>
  );
}

export function ProblemNote({ problem }: { readonly problem: Problem | null }) {
  if (problem === null) return null;
  return (
    <p class="problem-note" role="alert">
      <strong>{problem.message}</strong> {problem.remedy}
    </p>
  );
}

export function Empty({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      <p>{children}</p>
    </div>
  );
}

/** A part of a page with its heading; `aside` stands at the far end of the heading's line. */
export function Part(props: {
  readonly title: string;
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  return (
    <section class="part">
      <h3>
        {props.title}
        {props.aside !== undefined && <span class="part-aside">{props.aside}</span>}
      </h3>
      {props.children}
    </section>
  );
}

/** Data as it is, for those who want all of it. */
export function Raw({ value }: { readonly value: unknown }) {
  return <pre class="raw">{JSON.stringify(value, null, 2)}</pre>;
}
