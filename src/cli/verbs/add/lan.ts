/**
 * What `add lan` takes. What it does is in `add/lan.ts`, read when it is run.
 */

import { ADVERTISEMENTS, ATTACH_MODES, GATEWAY_FIREWALLS, PLATFORMS } from '../../../description/network.ts';
import type { Verb } from '../../verb.ts';

export const addLan: Verb = {
  name: 'add lan',
  summary: 'describe a LAN and how it joins',
  about: [
    "A LAN joins through one of its machines (--via). --attach says how replies find their way back: default-gateway when that machine is the LAN's own default gateway, static-route when you can add a route on the default gateway (--default-gateway says which), masquerade when nothing on the LAN may be touched, proxy when unused LAN addresses are lent to machines elsewhere (--lend says which).",
  ],
  positionals: [{ name: 'NAME' }],
  options: [
    { name: 'prefix', value: 'PREFIX', isList: true, summary: 'its prefixes: 192.168.1.0/24' },
    { name: 'via', value: 'MACHINE', completes: 'machine', summary: 'the machine that connects it' },
    {
      name: 'lan-address',
      value: 'ADDRESS',
      isList: true,
      summary: "that machine's addresses on this LAN; written to the machine",
    },
    { name: 'attach', value: 'MODE', words: ATTACH_MODES, summary: 'how replies find their way back' },
    { name: 'default-gateway', value: 'ADDRESS', isList: true, summary: "addresses of the LAN's own default gateway" },
    {
      name: 'default-gateway-platform',
      value: 'PLATFORM',
      words: PLATFORMS,
      summary: 'what the default gateway is; decides how its instructions are written',
    },
    {
      name: 'gateway-firewall',
      value: 'KIND',
      words: GATEWAY_FIREWALLS,
      summary: 'how the default gateway filters what it sees only half of',
    },
    {
      name: 'advertise',
      value: 'WAY',
      isList: true,
      words: ADVERTISEMENTS,
      summary: 'how hosts learn the static route without the default gateway',
    },
    {
      name: 'lend',
      value: 'MACHINE=ADDRESS',
      isList: true,
      summary: 'unused addresses of the LAN, and the machines elsewhere that borrow them',
    },
    {
      name: 'seen-as',
      value: 'PREFIX',
      isList: true,
      summary: 'the prefixes under which others see it, one to one, where another LAN has the same addresses',
    },
  ],
  examples: [
    {
      command:
        'wg-router add lan home --prefix 192.168.1.0/24 --via pi \\\n    --lan-address 192.168.1.5 --attach static-route \\\n    --default-gateway 192.168.1.1',
      what: 'one static route on the home router, and every machine reaches the LAN',
    },
    {
      command:
        'wg-router add lan office --prefix 10.20.0.0/22 --via gate \\\n    --lan-address 10.20.0.1 --attach default-gateway',
      what: "WireGuard runs on the LAN's own default gateway",
    },
    {
      command:
        'wg-router add lan home --prefix 192.168.1.0/24 --via pi \\\n    --lan-address 192.168.1.5 --attach proxy --lend phone=192.168.1.200',
      what: 'the phone looks like a neighbour of the hosts at home, wherever it is',
    },
  ],
  run: async (invocation) => (await import('../../add/lan.ts')).run(invocation),
};
