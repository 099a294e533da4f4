/** Which addresses a link from outside may lead to. */

/** The address in its normal form, or null unless it is absolute, http or https, and carries no name or password. */
export function safeUrl(raw: string): string | null {
  const url = URL.parse(raw.trim());
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return null;
  // `https://bank.example@evil.example` is a disguise, never an address a person needs.
  return url.username === '' && url.password === '' ? url.href : null;
}
