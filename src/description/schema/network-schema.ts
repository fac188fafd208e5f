/**
 * The words of a network file in one table. Validation, nearest words and the JSON Schema for editors come from it.
 */

import { ADVERTISEMENTS, ATTACH_MODES, GATEWAY_FIREWALLS, PLATFORMS } from '../network.ts';
import { sentence } from './sentence.ts';
import { either, list, listOrOne, type Mistake, named, optional, record, required, word } from './shape.ts';
import {
  address,
  addressOrCarve,
  domain,
  endpoint,
  expires,
  gatewayAddress,
  keepalive,
  name,
  note,
  ports,
  prefix,
  prefixOrCarve,
  publicKey,
  reference,
  truth,
  ula,
  wholeNumber,
} from './values.ts';

const addresses = list('addresses', address);
const names = list('names', reference);
const platform = word(PLATFORMS);
const port = wholeNumber('a UDP port', 1, 65535);
/** 1280 is the least that IPv6 lives with (RFC 8200 section 5); 65455 leaves room for WireGuard's own 80 bytes. */
const mtu = wholeNumber('a number of bytes', 1280, 65455);
const pathMtu = wholeNumber('a number of bytes', 1280, 65535);

const SECRET: Mistake = {
  code: 'private-key-in-file',
  reason: 'private and preshared keys are never in this file',
  help: [
    'delete the line, and make a new key: this one has been where others may read it',
    'keys lie in the key folder beside the file, or only on the machine itself',
  ],
};

/** Words that people know from WireGuard's own files. */
const FROM_WIREGUARD: Readonly<Record<string, Mistake>> = {
  'private-key': SECRET,
  privatekey: SECRET,
  PrivateKey: SECRET,
  'preshared-key': SECRET,
  PresharedKey: SECRET,
  psk: SECRET,
  'allowed-ips': {
    code: 'unknown-word',
    reason: 'allowed IPs are worked out from everything described',
    help: ['delete the line; `routes` limits what a machine sends through its tunnel'],
  },
  AllowedIPs: {
    code: 'unknown-word',
    reason: 'allowed IPs are worked out from everything described',
    help: ['delete the line; `routes` limits what a machine sends through its tunnel'],
  },
  'persistent-keepalive': { code: 'unknown-word', reason: 'the word here is shorter', help: ['write keepalive'] },
  PublicKey: { code: 'unknown-word', reason: 'words are in lower case here', help: ['write public-key'] },
};

export const routerShape = record(
  {
    endpoint: required(endpoint, 'the name or address and the port that machines dial'),
    listen: optional(port, "the UDP port on this router; the endpoint's when absent"),
    address: optional(addresses, 'inside addresses; filled in by the tools when absent'),
    'public-key': optional(publicKey, 'filled in by the tools when absent'),
    backend: optional(word(['relay', 'kernel']), 'what forwards: relay (default) or kernel'),
    mtu: optional(mtu, 'MTU of the tunnel interface'),
    'path-mtu': optional(pathMtu, 'MTU of the path to the internet; 1500 when absent'),
    note: optional(note, 'anything'),
  },
  FROM_WIREGUARD,
);

export const machineShape = record(
  {
    platform: optional(platform, 'what it runs; decides the default format of its configuration'),
    address: optional(addresses, 'inside addresses; filled in by the tools when absent'),
    'public-key': optional(publicKey, 'filled in by the tools, or the public key of a key made on the device'),
    endpoint: optional(endpoint, 'where it can be dialled, when that never changes'),
    note: optional(note, 'anything'),
    expires: optional(expires, 'the last day (UTC), or the moment, at which it may take part'),
    disabled: optional(truth, 'true: the router does not accept it; its addresses stay its own'),
    lan: optional(listOrOne('names of LANs', reference), 'the LAN, or LANs, on which it stands'),
    'lan-address': optional(listOrOne('addresses', addressOrCarve), 'its addresses on these LANs'),
    routes: optional(names, 'what it sends through its tunnel: inside and names of LANs; everything when absent'),
    internet: optional(reference, 'the LAN or router through which its default route leaves'),
    keepalive: optional(keepalive, 'seconds, or off'),
    mtu: optional(mtu, 'MTU of the tunnel interface'),
    'path-mtu': optional(pathMtu, 'MTU of the path to the internet; 1500 when absent'),
  },
  FROM_WIREGUARD,
);

export const hostShape = either(
  addresses,
  record({
    address: required(addresses, 'its addresses on the LAN'),
    platform: optional(platform, 'what it runs'),
  }),
);

const gatewayAddresses = list('addresses', gatewayAddress);

export const defaultGatewayShape = either(
  gatewayAddresses,
  record({
    address: required(gatewayAddresses, 'its addresses on the LAN; the link-local one will do for IPv6'),
    platform: optional(platform, 'what it runs; decides how its instructions are written'),
  }),
);

export const lanShape = record({
  prefixes: required(list('prefixes', prefixOrCarve, { minItems: 1 }), "the LAN's prefixes, IPv4 and IPv6"),
  via: optional(reference, 'the machine that connects the LAN'),
  attach: optional(word(ATTACH_MODES), 'how replies find their way back'),
  'default-gateway': optional(defaultGatewayShape, "addresses of the LAN's own default gateway"),
  'gateway-firewall': optional(word(GATEWAY_FIREWALLS), 'how the default gateway filters what it sees only half of'),
  advertise: optional(
    listOrOne('ra and dhcp', word(ADVERTISEMENTS)),
    'how hosts learn the route without the default gateway',
  ),
  lend: optional(
    named('machine', reference, addresses, { mayBeEmpty: false }),
    'LAN addresses that machines use as their inside addresses',
  ),
  'seen-as': optional(list('prefixes', prefix), 'prefixes under which others see this LAN, one to one'),
  hosts: optional(named('host', name, hostShape, { mayBeEmpty: false }), 'hosts that do not run WireGuard'),
});

export const accessShape = record({
  from: required(reference, 'who'),
  to: required(reference, 'whom'),
  ports: optional(list('ports', ports), 'tcp/443, udp/5000-5010, ping; everything when absent'),
});

export const networkShape = record({
  name: required(name, "the network's name"),
  inside: required(
    list('prefixes', prefixOrCarve, { minItems: 1, maxItems: 2 }),
    'prefixes inside the tunnels: one IPv4, one IPv6, or both',
  ),
  ula: optional(ula, 'a ULA /48 of your own, from which LANs get their IPv6 prefixes'),
  routers: required(
    named('router', name, routerShape, { mayBeEmpty: true }),
    'machines with a fixed public address; they forward',
  ),
  machines: optional(named('machine', name, machineShape, { mayBeEmpty: true }), 'everything else that runs WireGuard'),
  lans: optional(
    named('LAN', name, lanShape, { mayBeEmpty: true }),
    'existing networks whose hosts do not run WireGuard',
  ),
  groups: optional(named('group', name, names, { mayBeEmpty: false }), 'names for several'),
  access: optional(list('rules', accessShape), 'who may reach whom; everyone everyone when absent'),
  expect: optional(list('sentences', sentence), 'what must hold'),
  dns: optional(
    record({
      domain: optional(domain, 'the domain under which names are answered'),
      upstream: optional(addresses, 'resolvers for everything else'),
    }),
    'names inside the network',
  ),
});
