import assert from 'node:assert/strict';
import { isIPv4, isIPv6 } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type Address,
  addressBytes,
  addressFromBytes,
  compareAddresses,
  formatAddress,
  isLinkLocal,
  parseAddress,
  sameAddress,
} from './address.ts';

if (process.env.SEED) fc.configureGlobal({ seed: Number(process.env.SEED) });

const ipv4 = fc.bigInt(0n, (1n << 32n) - 1n).map((bits): Address => ({ family: 4, bits }));
/** Many groups are zero, so that runs of zeros of every length and place occur. */
const ipv6 = fc
  .array(fc.oneof(fc.constant(0), fc.constant(1), fc.nat(0xffff)), { minLength: 8, maxLength: 8 })
  .map((groups): Address => ({ family: 6, bits: groups.reduce((bits, group) => (bits << 16n) | BigInt(group), 0n) }));
const anyAddress = fc.oneof(ipv4, ipv6);

test('an address in its canonical spelling reads as itself', () => {
  fc.assert(fc.property(anyAddress, (address) => assert.deepEqual(parseAddress(formatAddress(address)), address)));
});

test('IPv6 is printed as the URL standard prints it', () => {
  fc.assert(
    fc.property(ipv6, (address) => {
      const hex = address.bits.toString(16).padStart(32, '0');
      const whole = hex.match(/.{4}/g)!.join(':');
      assert.equal(`[${formatAddress(address)}]`, new URL(`http://[${whole}]/`).hostname);
    }),
  );
});

test('random text is an address exactly where Node says so', () => {
  const piece = fc.oneof(
    fc.constantFrom(':', '::', '.', '0', '00', '1', '255', '256', '01', 'ffff', 'FFFF', 'abcde', 'g', ' ', '-1', ''),
    fc.nat(300).map(String),
    fc.nat(0x1ffff).map((n) => n.toString(16)),
  );
  const text = fc.oneof(
    fc.array(piece, { maxLength: 16 }).map((pieces) => pieces.join('')),
    fc.array(piece, { minLength: 2, maxLength: 9 }).map((pieces) => pieces.join(':')),
    fc.array(piece, { minLength: 3, maxLength: 5 }).map((pieces) => pieces.join('.')),
  );
  fc.assert(
    fc.property(text, (each) => {
      const family = parseAddress(each)?.family;
      assert.equal(family, isIPv4(each) ? 4 : isIPv6(each) ? 6 : undefined, JSON.stringify(each));
    }),
    { numRuns: 3000 },
  );
});

test('every way of folding zeros reads as the same address', () => {
  fc.assert(
    fc.property(ipv6, fc.nat(7), fc.nat(8), fc.boolean(), (address, start, end, upper) => {
      const groups = Array.from({ length: 8 }, (_, i) =>
        ((address.bits >> BigInt(112 - 16 * i)) & 0xffffn).toString(16),
      );
      const zeros = groups.slice(start, end);
      fc.pre(zeros.length > 0 && zeros.every((group) => group === '0'));
      const text = `${groups.slice(0, start).join(':')}::${groups.slice(end).join(':')}`;
      assert.deepEqual(parseAddress(upper ? text.toUpperCase() : text), address);
    }),
  );
});

test('what programs read differently is no address', () => {
  const ambiguous = ['010.1.1.1', '10.1', '167772161', '0x0a.0.0.1', '10.0.0.1 ', '1.2.3.4.', '１.2.3.4', '10.0.0.256'];
  const malformed = ['', ':', ':::', '1::2::3', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7:8::', '::1%eth0'];
  const misplaced = ['1.2.3.4::', '::1.2.3.4:5', '::1.2.3', '::00001', '[::1]', ':1::2', '1:', '::01.2.3.4'];
  for (const text of [...ambiguous, ...malformed, ...misplaced]) assert.equal(parseAddress(text), null, text);
});

test('the examples of RFC 5952 are printed as it says', () => {
  const examples = [
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:0db8::0001', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:DB8::A', '2001:db8::a'],
    ['::ffff:192.0.2.1', '::ffff:c000:201'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['1:0:0:0:0:0:0:0', '1::'],
  ] as const;
  for (const [text, printed] of examples) assert.equal(formatAddress(parseAddress(text)!), printed);
});

test('bytes and address are two forms of the same', () => {
  fc.assert(
    fc.property(anyAddress, (address) => {
      const bytes = addressBytes(address);
      assert.equal(bytes.length, address.family === 4 ? 4 : 16);
      assert.equal(BigInt(`0x${Buffer.from(bytes).toString('hex')}`), address.bits);
      assert.deepEqual(addressFromBytes(bytes), address);
    }),
  );
  assert.throws(() => addressFromBytes(new Uint8Array(5)), RangeError);
});

test('addresses sort by family, then as their bytes do', () => {
  fc.assert(
    fc.property(anyAddress, anyAddress, (a, b) => {
      const slow = a.family - b.family || Buffer.compare(addressBytes(a), addressBytes(b));
      assert.equal(Math.sign(compareAddresses(a, b)), Math.sign(slow));
      assert.equal(sameAddress(a, b), slow === 0);
    }),
  );
});

test('an address is link-local from fe80:: to febf:ffff and nowhere else', () => {
  const are = (...texts: string[]) => texts.map((text) => isLinkLocal(parseAddress(text)!));
  assert.deepEqual(are('fe80::', 'fe80::1', 'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff'), [true, true, true]);
  assert.deepEqual(are('fe7f:ffff::1', 'fec0::', '::1', 'fd00::1', '169.254.0.1'), [false, false, false, false, false]);
});
