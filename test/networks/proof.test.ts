/**
 * What must hold in whole networks, proved: every sentence of the examples, and sentences about the networks of this folder
 * with what becomes of each.
 */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { proveExpectations } from '../../src/prove/expectations.ts';
import { planExpecting } from './expecting.ts';

const here = import.meta.dirname;
const examples = join(here, '../../examples');

describe('examples', () => {
  for (const file of readdirSync(examples).filter((name) => name.endsWith('.yaml'))) {
    test(`${file}: every sentence holds`, () => {
      const results = proveExpectations(planExpecting(readFileSync(join(examples, file), 'utf8')));
      assert.ok(results.length >= 2);
      assert.deepEqual(
        results.filter(({ holding }) => holding !== 'holds').map(({ expectation }) => expectation.text),
        [],
      );
    });
  }
});

const SENTENCES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'default-gateway': { 'everyone reaches everyone': 'holds' },
  'fixed-endpoint': { 'inside reaches inside': 'holds' },
  'gateway-platforms': { 'at-linux reaches pi-11': 'holds', 'networkd-lan reaches pi-11': 'partly' },
  // server keeps no way open: it is reached while it speaks.
  'ipv4-only': {
    'phone reaches printer-box': 'holds',
    'server reaches phone': 'holds',
    'phone reaches server': 'partly',
    'phone does not reach server': 'partly',
  },
  'ipv6-only': {
    'inside reaches inside': 'holds',
    'a reaches nas': 'not-proven',
    'a does not reach nas': 'not-proven',
    'everyone does not reach everyone over ipv4': 'holds',
  },
  masquerade: {
    'phone reaches house': 'holds',
    'phone reaches till': 'holds',
    'house does not reach phone': 'holds',
    'till does not reach phone': 'holds',
    'house does not reach barn': 'holds',
    'barn reaches house': 'not-proven',
  },
  proxy: {
    'phone reaches home': 'holds',
    'home reaches phone': 'holds',
    'home does not reach guest': 'holds',
    'guest reaches phone': 'holds',
    'cow reaches phone': 'holds',
    'desk reaches laptop': 'holds',
    'laptop reaches desk': 'holds',
  },
  'roaming-only': { 'phone reaches laptop over ipv6': 'holds', 'phone does not reach laptop': 'broken' },
  routes: {
    'guest reaches house': 'not-proven',
    'guest does not reach barn': 'holds',
    'guest does not reach laptop': 'holds',
    'laptop reaches pi': 'holds',
    'laptop does not reach house': 'holds',
  },
  seed: { 'phone reaches home': 'not-proven' },
  'seen-as': {
    'phone reaches south': 'holds',
    'guest reaches south': 'holds',
    'guest does not reach shed': 'holds',
    'south does not reach phone': 'holds',
    'north reaches phone': 'not-proven',
    'desk reaches north': 'holds',
    'cam reaches phone': 'holds',
  },
  'several-lans': { 'lyon reaches turin': 'holds', 'phone reaches house': 'not-proven' },
  // The rule is not in place: pings out and UDP work, TCP does not.
  'static-route': {
    'phone reaches nas': 'partly',
    'nas reaches phone': 'partly',
    'nas reaches phone on ping': 'holds',
    'phone does not reach nas on tcp/80': 'holds',
    'phone reaches nas on udp/53': 'holds',
    'nas reaches phone on tcp/80': 'partly',
    'desk reaches phone': 'holds',
  },
  ula: {
    'a reaches d over ipv6': 'holds',
    'guest does not reach a': 'holds',
    'guest reaches b over ipv6': 'not-proven',
  },
};

describe('networks', () => {
  for (const [name, sentences] of Object.entries(SENTENCES)) {
    test(name, () => {
      const text = readFileSync(join(here, name, 'network.yaml'), 'utf8');
      const results = proveExpectations(planExpecting(text, Object.keys(sentences)));
      assert.deepEqual(
        Object.fromEntries(results.map(({ expectation, holding }) => [expectation.text, holding])),
        sentences,
      );
    });
  }
});
