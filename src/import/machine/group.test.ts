import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FileKind } from '../imported.ts';
import type { Survey } from '../survey/survey.ts';
import { groupFiles } from './group.ts';

const PLACE = { file: 'net/survey.yaml', line: 1, column: 1, endColumn: 2 };

function survey(...machines: readonly { name: string; config?: string }[]): Survey {
  return {
    file: 'net/survey.yaml',
    place: PLACE,
    machines: machines.map(({ name, config }) => ({
      name,
      place: PLACE,
      ...(config && { config: { value: config, origin: { kind: 'file', place: PLACE } } }),
    })),
    lans: [],
    portForwards: [],
    questions: [],
    works: [],
    notes: [],
  };
}

function group(paths: readonly string[], stated: Survey | null = null): string[] {
  const kindOf = (path: string): FileKind =>
    path.endsWith('.conf')
      ? 'wg-quick'
      : path.endsWith('survey.yaml')
        ? 'survey-yaml'
        : path.endsWith('.survey')
          ? 'survey'
          : 'ip-addr';
  const groups = groupFiles(
    paths.map((path) => ({ path, kind: kindOf(path) })),
    stated,
  );
  return paths.map((path) => groups.get(path) ?? '-');
}

describe('which machine a file belongs to', () => {
  test('a name up to its first dot is a machine', () => {
    assert.deepEqual(group(['hub.conf', 'phone.conf', 'hub.addr.json']), ['hub', 'phone', 'hub']);
  });

  test('a name that begins with a machine’s is that machine’s, the longest first', () => {
    assert.deepEqual(group(['pi.conf', 'pi-2.conf', 'pi-2-routes.json', 'pi_addr.json']), ['pi', 'pi-2', 'pi-2', 'pi']);
  });

  test('a folder is a machine', () => {
    assert.deepEqual(group(['net/hub/wg0.conf', 'net/hub/etc/x.json', 'net/phone/wg0.conf']), ['hub', 'hub', 'phone']);
  });

  test('the folder of one machine alone gives it its name', () => {
    assert.deepEqual(group(['gw/wg0.conf', 'gw/addr.json']), ['gw', 'gw']);
    assert.deepEqual(group(['gw/wg0.conf', 'gw/wg1.conf', 'gw/addr.json']), ['gw', 'gw', 'gw']);
    assert.deepEqual(group(['gw/addr.json']), ['gw']);
  });

  test('configurations of interfaces alone are machines: nobody knows better', () => {
    assert.deepEqual(group(['wg0.conf', 'wg1.conf']), ['wg0', 'wg1']);
  });

  test('outputs without a name of their own belong to the only machine', () => {
    assert.deepEqual(group(['hub.conf', 'routes.json']), ['hub', 'hub']);
  });

  test('a survey’s output is named after its machine', () => {
    assert.deepEqual(group(['hub.survey', 'pi.survey']), ['hub', 'pi']);
  });

  test('a survey names the file of a machine, and its folder is that of the network', () => {
    const stated = survey({ name: 'hub', config: 'confs/wg0.conf' }, { name: 'pi' });
    assert.deepEqual(
      group(['net/survey.yaml', 'net/confs/wg0.conf', 'net/pi/wg0.conf', 'net/pi-routes.json'], stated),
      ['-', 'hub', 'pi', 'pi'],
    );
  });
});
