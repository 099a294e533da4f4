/** Checks on what people get to read: words that must agree between languages, links, places and languages. */

import type { Localised } from '../core/localised.ts';
import { isTimeZone } from '../core/time-zone.ts';
import type { Path } from '../evals/yaml-place.ts';
import type { Problem, Source, Sources } from './workspace-files.ts';
import { oneOf } from './workspace-hints.ts';

/** The parts that are filled in. Any other `{part}` would reach a person as it stands. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  greeting: ['school'],
  course_progress: ['course', 'done', 'total', 'next'],
  course_finished: ['course'],
  ticket_opened: ['number'],
  line: ['name', 'phone', 'hours', 'emergency'],
};

/** Checks phrases, texts, links, time zone, country and languages; returns every problem, in no particular order. */
export function checkTexts(sources: Sources): readonly Problem[] {
  return [...checkOrganisation(sources), ...checkWords(sources), ...checkHosts(sources)];
}

function checkOrganisation({ organisation, safety, documents }: Sources): readonly Problem[] {
  const { value } = organisation;
  if (value === null) return [];
  const countries = safety.value?.lines.map((line) => line.country);
  const isCovered = countries === undefined || countries.includes(value.country);
  return [
    ...(isTimeZone(value.timeZone)
      ? []
      : [organisation.problemAt(['timeZone'], `is "${value.timeZone}"; no such time zone: write e.g. Europe/Berlin`)]),
    ...(isCovered
      ? []
      : [organisation.problemAt(['country'], `is "${value.country}"; safety.yaml has no line for it: add one there`)]),
    ...documents.flatMap((document) =>
      document.value === null || value.locales.includes(document.value.language)
        ? []
        : [document.problemAt(['language'], `is "${document.value.language}"; write ${oneOf(value.locales)}`)],
    ),
  ];
}

function checkWords({ tone, safety }: Sources): readonly Problem[] {
  const phrases = Object.entries(tone.value?.phrases ?? {});
  const texts: readonly (readonly [string, Localised])[] = Object.entries(safety.value?.texts ?? {});
  return [
    ...phrases.flatMap(([key, words]) => checkParts(tone, ['phrases', key], words)),
    ...texts.flatMap(([key, words]) => checkParts(safety, ['texts', key], words)),
    ...(safety.value === null || partsOf(safety.value.texts.line['en'] ?? '').includes('phone')
      ? []
      : [safety.problemAt(['texts', 'line', 'en'], 'does not show the number to call: add {phone}')]),
  ];
}

function checkParts(source: Source<unknown>, path: Path, words: Localised): readonly Problem[] {
  const known = PARTS[String(path.at(-1))] ?? [];
  const wanted = partsOf(words['en'] ?? '');
  const unknown = wanted.filter((part) => !known.includes(part));
  const inEnglish = unknown.map((part) => {
    const remedy = known.length === 0 ? 'remove it' : `write ${oneOf(known.map((name) => `{${name}}`))}`;
    return source.problemAt([...path, 'en'], `has {${part}}, which is never filled in: ${remedy}`);
  });
  const inOthers = Object.entries(words).flatMap(([locale, text]) => {
    const parts = partsOf(text);
    if (parts.join() === wanted.join()) return [];
    return [
      source.problemAt([...path, locale], `has ${showParts(parts)} but en has ${showParts(wanted)}: use the same`),
    ];
  });
  return [...inEnglish, ...inOthers];
}

function partsOf(text: string): readonly string[] {
  return [...new Set([...text.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1] ?? ''))].toSorted();
}

function showParts(parts: readonly string[]): string {
  return parts.length === 0 ? 'no {part}' : parts.map((part) => `{${part}}`).join(' ');
}

function checkHosts(sources: Sources): readonly Problem[] {
  const hosts = sources.organisation.value?.allowedHosts;
  if (hosts === undefined) return [];
  const check = (source: Source<unknown>, url: string | undefined, path: Path): readonly Problem[] => {
    if (url === undefined || hosts.includes(new URL(url).hostname)) return [];
    const remedy = `write an address on ${oneOf(hosts)}, or add the host to allowedHosts in workspace.yaml`;
    return [source.problemAt(path, `is "${url}"; replies may not link there: ${remedy}`)];
  };
  const { journey, offers, courses, documents } = sources;
  return [
    ...(journey.value?.stages ?? []).flatMap((stage, index) =>
      stage.callsToAction.flatMap((call, at) =>
        check(journey, call.url, ['stages', index, 'callsToAction', at, 'url']),
      ),
    ),
    ...(offers.value?.offers ?? []).flatMap((offer, index) => check(offers, offer.url, ['offers', index, 'url'])),
    ...(courses.value?.courses ?? []).flatMap((course, index) => check(courses, course.url, ['courses', index, 'url'])),
    ...documents.flatMap((document) => check(document, document.value?.url, ['url'])),
  ];
}
