/** Which addresses are public: every way of writing one that is not. */
import { describe, expect, it } from 'vitest';
import { checkAddress, checkUrl } from '../../../server/ingest/check-address.ts';

const shut = { host: 'school.example', privateHosts: new Set<string>() };
const open = { host: 'school.example', privateHosts: new Set(['school.example']) };
const INTRANET = [
  '10.0.0.1',
  '172.16.0.1',
  '192.168.1.1',
  '100.64.0.1',
  '127.0.0.1',
  '::1',
  'fc00::1',
  '::ffff:10.0.0.1',
];
const NEVER = [
  '0.0.0.0',
  '169.254.169.254',
  '169.254.1.1',
  '100.100.100.200',
  '168.63.129.16',
  'fd00:ec2::254',
  '::ffff:169.254.169.254',
  '::',
  'fe80::1',
  'fec0::1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::7f00:1',
  '2002:7f00:1::',
  '2001:0:7f00:1::',
  '2001:db8::1',
  '::ffff:0:7f00:1',
  '5f00::1',
  '4000::1',
  '192.0.2.1',
  '198.18.0.1',
  '224.0.0.1',
  'ff02::1',
  '240.0.0.1',
  '255.255.255.255',
  'no address',
  '',
];

describe('checkAddress', () => {
  it.each(['93.184.215.14', '1.1.1.1', '2606:4700::1111'])('lets %s pass', (address) => {
    expect(() => checkAddress(address, shut)).not.toThrow();
  });

  it.each(INTRANET)('lets %s pass only for a host that may be private', (address) => {
    expect(() => checkAddress(address, shut)).toThrow(/is not public .*--allow-private/);
    expect(() => checkAddress(address, open)).not.toThrow();
    expect(() => checkAddress(address, { ...open, host: 'other.example' })).toThrow('is not public');
  });

  it.each(NEVER)('never lets "%s" pass', (address) => {
    expect(() => checkAddress(address, shut)).toThrow('is not public');
    expect(() => checkAddress(address, open)).toThrow('is not public');
  });
});

describe('checkUrl', () => {
  const ports = new Set([80, 443]);

  it('gives the address in its plain form', () => {
    expect(checkUrl('HTTP://School.Example:80/a b', { ports }).href).toBe('http://school.example/a%20b');
    expect(checkUrl('http://0x7f.1/', { ports }).hostname).toBe('127.0.0.1');
  });

  it.each([
    ['http://school.example:81/', 'port 81 of school.example is not one of 80, 443'],
    ['https://name@school.example/', 'holds a name or password'],
    ['ftp://school.example/', '"ftp:" is not fetched'],
    ['http://', 'is not an address'],
  ])('refuses %s', (url, says) => {
    expect(() => checkUrl(url, { ports })).toThrow(says);
  });
});
