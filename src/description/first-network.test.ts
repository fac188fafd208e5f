import assert from 'node:assert/strict';
import test from 'node:test';
import { addMachine } from './edit/add.ts';
import { type FirstNetwork, firstNetworkText } from './first-network.ts';
import { parseNetwork } from './parse.ts';

const FIRST: FirstNetwork = {
  name: 'home',
  routerName: 'cloud',
  endpoint: 'vpn.example.net:51820',
  inside4: '10.66.0.0/24',
  inside6: 'fd4c:91b7:2ae0::/64',
  address: ['10.66.0.1', 'fd4c:91b7:2ae0::1'],
  publicKey: 'yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=',
};

test('a first file is a network without mistakes, and machines can be added to it', () => {
  for (const first of [
    FIRST,
    { ...FIRST, inside4: undefined, address: undefined, publicKey: undefined },
    { ...FIRST, inside6: undefined, endpoint: '[2001:db8::5]:51820' },
  ]) {
    const text = firstNetworkText(first);
    const { network, diagnostics } = parseNetwork(text, 'network.yaml');
    assert.deepEqual(diagnostics, []);
    assert.equal(network!.name.value, 'home');
    const added = addMachine(text, { name: 'phone', platform: 'ios' }).text!;
    assert.equal(parseNetwork(added, 'network.yaml').network!.machines[0]!.platform!.value, 'ios');
    assert.ok(added.includes('machines:\n  phone:\n    platform: ios\n\n# Networks'));
  }
});
