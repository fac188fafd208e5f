/**
 * A home as most are, with real packets: its default gateway is known by a link-local IPv6 address, two machines stand on
 * its LAN, and one of them carries it. The generated files are brought up as they are (`real-ground.ts`).
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { whyNot } from './private-namespace.ts';
import { groundOf } from './real-ground.ts';

const skip = whyNot() ?? false;
const home = groundOf(readFileSync(join(import.meta.dirname, 'home-router/network.yaml'), 'utf8'));

test('hosts behind a link-local default gateway reach machines and are reached, and so do two machines on one LAN', {
  skip,
}, () => {
  const printed = home.run(`
in_ns nas ip -6 route show default | grep -o 'via [^ ]*'
reaches phone 10.91.0.10; reaches phone fd4c:91b7:2ae0:1::10; tcp nas 10.66.0.2; tcp nas fd4c:91b7:2ae0::2; tcp phone fd4c:91b7:2ae0:1::10
tcp tv fd4c:91b7:2ae0:1::10; tcp nas fd4c:91b7:2ae0:2::10
sent() { ip -n $1 -s link show wg-test | awk '/TX:/ { getline; print $1 }'; }
before=$(sent desk); tcp desk 10.91.0.10 2000000; tcp desk fd4c:91b7:2ae0:1::10; tcp desk 10.91.0.5; tcp pi fd4c:91b7:2ae0:1::7; tcp nas 10.91.0.7
[ $(($(sent desk) - before)) -lt 2000 ] && echo 'none of it through the tunnel'
reaches desk 10.66.0.2; tcp desk 10.66.0.2; tcp desk 10.92.0.10; tcp desk fd4c:91b7:2ae0:2::10; tcp phone 10.66.0.4; tcp tv fd4c:91b7:2ae0::4
[ $(($(sent desk) - before)) -gt 20000 ] && echo 'all of it through its own tunnel'`);
  assert.deepEqual(printed, [
    'via fe80::1',
    'phone reaches 10.91.0.10',
    'phone reaches fd4c:91b7:2ae0:1::10',
    'tcp nas 10.66.0.2 seen as 10.91.0.10',
    'tcp nas fd4c:91b7:2ae0::2 seen as fd4c:91b7:2ae0:1::10',
    'tcp phone fd4c:91b7:2ae0:1::10 seen as fd4c:91b7:2ae0::2',
    'tcp tv fd4c:91b7:2ae0:1::10 seen as fd4c:91b7:2ae0:2::10',
    'tcp nas fd4c:91b7:2ae0:2::10 seen as fd4c:91b7:2ae0:1::10',
    'tcp desk 10.91.0.10 seen as 10.91.0.7',
    'tcp desk fd4c:91b7:2ae0:1::10 seen as fd4c:91b7:2ae0:1::7',
    'tcp desk 10.91.0.5 seen as 10.91.0.7',
    'tcp pi fd4c:91b7:2ae0:1::7 seen as fd4c:91b7:2ae0:1::5',
    'tcp nas 10.91.0.7 seen as 10.91.0.10',
    'none of it through the tunnel',
    'desk reaches 10.66.0.2',
    'tcp desk 10.66.0.2 seen as 10.66.0.4',
    'tcp desk 10.92.0.10 seen as 10.66.0.4',
    'tcp desk fd4c:91b7:2ae0:2::10 seen as fd4c:91b7:2ae0::4',
    'tcp phone 10.66.0.4 seen as 10.66.0.2',
    'tcp tv fd4c:91b7:2ae0::4 seen as fd4c:91b7:2ae0:2::10',
    'all of it through its own tunnel',
  ]);
});
