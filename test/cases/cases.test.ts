/**
 * Every file of every case is understood completely, and becomes the network it describes.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { importNetwork } from '../../src/import/import-network.ts';
import type { Imported } from '../../src/import/imported.ts';
import { CASES, type Facts, filesOf, keyFunctions } from './cases.ts';

/** What is a mistake in a case's own files, and is meant to be one. */
const MISTAKES: Readonly<Record<string, readonly string[]>> = {
  // The two peers of the hub are given one prefix: that is the case.
  'case-25': ['hub.conf:16 prefix-twice'],
};

/** Cases in which a peer's key is no machine's: that is the case. */
const STRANGERS: Readonly<Record<string, readonly string[]>> = {
  'case-01': ['hub has a peer that is nobody'],
};

describe('cases', () => {
  test('there are 42 of them', () => {
    assert.equal(CASES.length, 42);
  });

  for (const name of CASES) {
    for (const facts of ['survey.yaml', 'survey-implied.yaml'] as const) {
      const files = filesOf(name, facts);
      if (files === null) continue;

      test(`${name} is understood completely (${facts})`, () => {
        const imported = importNetwork(files, keyFunctions);
        assert.deepEqual(imported.notUnderstood, []);
        const mistakes = imported.diagnostics.map(({ place, code }) => `${place.file}:${place.line} ${code}`);
        assert.deepEqual(mistakes, MISTAKES[name] ?? []);
        assert.ok(imported.files.every(({ kind }) => kind !== null));
        assert.ok(imported.questions.length > 0);
        assert.deepEqual(strangersIn(imported), STRANGERS[name] ?? []);
      });
    }
  }

  test('a port forward of a survey is a translation of its box', () => {
    const { plan } = imported('case-06', 'survey-implied.yaml');
    const router = plan.devices.find(({ name }) => name === 'router')!;
    assert.deepEqual(
      router.translations.map((each) =>
        each.kind === 'destination' ? `${each.protocol} ${each.ports?.first}` : each.kind,
      ),
      ['tcp 51822'],
    );
  });

  test('a machine of which a survey says nothing is a host of its LAN', () => {
    const { plan } = imported('healthy-masquerade', 'survey.yaml');
    assert.deepEqual(
      plan.lans.flatMap((lan) => lan.hosts.map((host) => host.name)),
      ['nas'],
    );
    assert.deepEqual(
      plan.devices.map(({ name }) => name),
      ['hub', 'phone', 'pi', 'homerouter'],
    );
  });

  test('an interface of another program is not taken for the tunnel that has its address', () => {
    const { plan } = imported('case-15', 'survey.yaml');
    const hub = plan.devices.find(({ name }) => name === 'hub')!;
    assert.deepEqual(
      hub.interfaces.map(({ kind, id }) => `${kind} ${id}`),
      ['wireguard wg0', 'outer tun0', 'lan eth0'],
    );
  });
});

function imported(name: string, facts: Facts): Imported {
  return importNetwork(filesOf(name, facts)!, keyFunctions);
}

function strangersIn({ plan }: Imported): string[] {
  return plan.devices.flatMap((device) =>
    device.interfaces.flatMap((each) =>
      each.kind === 'wireguard' && each.peers.some(({ name }) => name === '')
        ? [`${device.name} has a peer that is nobody`]
        : [],
    ),
  );
}
