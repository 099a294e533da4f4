/** Which addresses may be fetched: the judgement over a URL, and over every address its name stands for. Pure. */
import ipaddr from 'ipaddr.js';
import { InvalidPayloadError, PermanentError } from '../../core/errors.ts';

export type AddressRules = {
  /** Hosts that may stand for private and loopback addresses; empty in general. */
  readonly privateHosts: ReadonlySet<string>;
  readonly ports: ReadonlySet<number>;
};

export const USUAL_PORTS: readonly number[] = [80, 443, 8080, 8443];

/** What `privateHosts` opens. Link-local, multicast and reserved addresses stay shut: no page of an intranet is there. */
const PRIVATE_RANGES: ReadonlySet<string> = new Set(['private', 'loopback', 'uniqueLocal', 'carrierGradeNat']);

/** Where clouds hand out the secrets of a machine; some lie in ranges that are otherwise open. */
const METADATA: ReadonlySet<string> = new Set([
  '169.254.169.254',
  '169.254.170.2',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  'fd00:ec2::254',
  'fd20:ce::254',
]);

/** The only unicast addresses given out so far (RFC 4291): old forms of IPv4 in IPv6 lie outside. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** Parses and judges an address as written. Throws InvalidPayloadError or PermanentError('not_permitted'). */
export function checkUrl(text: string, { ports }: Pick<AddressRules, 'ports'>): URL {
  const url = URL.parse(text);
  if (url === null)
    throw new InvalidPayloadError('malformed', `"${text.slice(0, 200)}" is not an address; write https://…`);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw refusal(`"${url.protocol}" is not fetched; only http and https are`);
  }
  if (url.username !== '' || url.password !== '') {
    throw refusal(`the address on ${url.host} holds a name or password; leave it out`);
  }
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  if (!ports.has(port)) throw refusal(`port ${port} of ${url.hostname} is not one of ${[...ports].join(', ')}`);
  if (url.hostname === '') throw new InvalidPayloadError('malformed', `"${url.href}" names no host; write https://…`);
  return url;
}

/** Judges an IP address that `host` stands for. Throws PermanentError('not_permitted'). */
export function checkAddress(
  address: string,
  { host, privateHosts }: Pick<AddressRules, 'privateHosts'> & { readonly host: string },
): void {
  const kind = rangeOf(address);
  if (kind === 'unicast') return;
  const isOpened = privateHosts.has(host) && PRIVATE_RANGES.has(kind);
  if (isOpened) return;
  const remedy = PRIVATE_RANGES.has(kind)
    ? 'give its own address with --allow-private if it is part of your intranet'
    : 'nothing outside this machine is there';
  throw refusal(`${host} stands for ${address}, which is not public (${kind}); ${remedy}`);
}

/** The range as ipaddr.js names it; `unicast` is the only public one. */
function rangeOf(text: string): string {
  if (!ipaddr.isValid(text)) return 'not an address';
  // `process` takes an IPv4 address out of its IPv6 form.
  const address = ipaddr.process(text);
  if (METADATA.has(address.toString())) return 'metadata of a cloud';
  const range = address.range();
  if (address instanceof ipaddr.IPv6 && range === 'unicast' && !address.match(GLOBAL_IPV6)) return 'reserved';
  return range;
}

function refusal(says: string): PermanentError {
  return new PermanentError('not_permitted', says);
}
