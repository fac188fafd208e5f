/**
 * `init`: a first network file, with inside prefixes that nobody else has and a key for the router.
 */

import { randomBytes } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { makeRouterKeys } from '../control/hand-out/router-key.ts';
import { KeyFolder } from '../control/key-folder.ts';
import { loadPlan } from '../control/load-plan.ts';
import { createNetworkFile } from '../control/network-store.ts';
import type { NetworkPaths } from '../control/paths.ts';
import { type FirstNetwork, firstNetworkText } from '../description/first-network.ts';
import { parseNetwork } from '../description/parse.ts';
import { formatAddress, parseAddress } from '../net/address.ts';
import { formatEndpoint, parseEndpointName } from '../net/endpoint.ts';
import { formatKey } from '../net/key.ts';
import { type Prefix, prefixOf } from '../net/prefix.ts';
import { jsonDocument } from './command-line/json.ts';
import { Mistaken, Refused } from './command-line/outcome.ts';
import { drawInside } from './first/inside.ts';
import { ownEndpointAddress } from './first/own-address.ts';
import { sayNext, sayNotes } from './terminal/notes.ts';
import { table } from './terminal/table.ts';
import type { ExitCode, Invocation } from './verb.ts';

const ROUTER_NAME = 'cloud';
const DEFAULT_NAME = 'home';
const DEFAULT_PORT = 51820;
const UNKNOWN_ENDPOINT = `vpn.example.net:${DEFAULT_PORT}`;

export interface InitOptions {
  /** Host, or host and port. */
  readonly endpoint?: string;
  readonly name?: string;
}

export interface Initialised extends Required<Pick<FirstNetwork, 'name' | 'routerName' | 'endpoint' | 'address'>> {
  readonly inside: readonly string[];
  /** What the person should look at, one line each. */
  readonly notes: readonly string[];
}

/**
 * Makes the network file, and the router's key. Nothing is overwritten: throws `Refused` when there is a file, and
 * `Mistaken` for a name or endpoint that no network file may hold.
 */
export async function initNetwork(paths: NetworkPaths, options: InitOptions = {}): Promise<Initialised> {
  if (lstatSync(paths.file, { throwIfNoEntry: false }) !== undefined) throw alreadyThere(paths);
  const { endpoint, notes } = options.endpoint === undefined ? guessedEndpoint() : statedEndpoint(options.endpoint);
  const [inside4, inside6] = drawInside((length) => randomBytes(length), ownPrefixes());
  const first: FirstNetwork = {
    name: options.name ?? DEFAULT_NAME,
    routerName: ROUTER_NAME,
    endpoint,
    inside4: inside4.text,
    inside6: inside6.text,
    address: [inside4.first, inside6.first],
  };
  // Looked at before a key is made for it.
  const draft = firstNetworkText(first);
  const { network, diagnostics } = parseNetwork(draft, paths.shown);
  if (network === null) throw new Mistaken(diagnostics, draft, 'Nothing was written.');
  const publicKey = formatKey(new KeyFolder(paths.keys).makePrivateKey(ROUTER_NAME));
  createNetworkFile(paths, firstNetworkText({ ...first, publicKey }));
  // What is in the file is in use from now on.
  await loadPlan(paths, { write: true });
  return {
    name: first.name,
    routerName: ROUTER_NAME,
    endpoint,
    address: first.address!,
    inside: [inside4.text, inside6.text],
    notes,
  };
}

function alreadyThere({ shown }: NetworkPaths): Refused {
  return new Refused('network-file-exists', `Cannot begin a network in ${shown}: the file is there already`, [
    'to add to it: wg-router add machine NAME',
    'to begin another network: --file OTHER.yaml',
  ]);
}

/** The port may be left out, and with it the brackets of an IPv6 address. */
function statedEndpoint(text: string): { readonly endpoint: string; readonly notes: readonly string[] } {
  const isBareIpv6 = parseAddress(text)?.family === 6;
  const withPort = isBareIpv6 ? `[${text}]:${DEFAULT_PORT}` : text;
  const isWhole = parseEndpointName(withPort) !== 'port-missing';
  return { endpoint: isWhole ? withPort : `${withPort.replace(/:$/, '')}:${DEFAULT_PORT}`, notes: [] };
}

function guessedEndpoint(): { readonly endpoint: string; readonly notes: readonly string[] } {
  const own = ownEndpointAddress(networkInterfaces());
  const correct = 'correct `endpoint` in the network file before you hand out a configuration';
  if (own === null) {
    return {
      endpoint: UNKNOWN_ENDPOINT,
      notes: [`the endpoint ${UNKNOWN_ENDPOINT} is a made-up example: ${correct}`],
    };
  }
  const endpoint = formatEndpoint({ host: formatAddress(own.address), port: DEFAULT_PORT });
  return {
    endpoint,
    notes: [
      own.isPublic
        ? `the endpoint ${endpoint} is this machine's own address: when others dial it by a name or another address, ${correct}`
        : `the endpoint ${endpoint} is this machine's own address, and it is private: others cannot dial it from elsewhere; ${correct}`,
    ],
  };
}

/** Prefixes of this machine's own interfaces: an inside prefix that is one of them would cut it off. */
function ownPrefixes(): Prefix[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .flatMap(({ cidr }) => {
      const [address = '', length] = (cidr ?? '').split('/');
      const parsed = parseAddress(address);
      return parsed === null ? [] : [prefixOf(parsed, Number(length))];
    });
}

export async function run(invocation: Invocation): Promise<ExitCode> {
  const paths = invocation.paths();
  const { terminal } = invocation;
  const options = { endpoint: invocation.text('endpoint'), name: invocation.text('name') };
  const isThere = lstatSync(paths.file, { throwIfNoEntry: false }) !== undefined;
  if (isThere && options.endpoint === undefined && options.name === undefined) {
    return await completeByHand(paths, invocation);
  }
  const made = await initNetwork(paths, options);
  if (invocation.isJson) {
    const { name, routerName, endpoint, address, inside, notes } = made;
    terminal.print(
      jsonDocument({
        network: name,
        file: paths.file,
        inside,
        router: { name: routerName, endpoint, address },
        notes,
      }),
    );
    return 0;
  }
  const { paint } = terminal;
  terminal.print(
    `${[
      `${paint('good', 'made')} ${paint('bold', paths.shown)}: network ${paint('name', made.name)}`,
      '',
      ...table(
        [
          [paint('dim', 'inside'), made.inside.join('  ')],
          [paint('dim', 'router'), `${paint('name', made.routerName)}  ${made.endpoint}/udp`],
          [paint('dim', 'keys'), paths.keys],
        ],
        '  ',
      ),
      '',
    ].join('\n')}\n`,
  );
  sayNotes(terminal, made.notes);
  sayNext(terminal, ['add machine phone --platform android', 'up'].map(invocation.command));
  return 0;
}

/** A file that somebody wrote lacks nothing but the router's key. */
async function completeByHand(paths: NetworkPaths, { terminal, isJson, command }: Invocation): Promise<ExitCode> {
  const routers = await makeRouterKeys(paths);
  if (routers.length === 0) throw alreadyThere(paths);
  if (isJson) {
    terminal.print(jsonDocument({ file: paths.file, routerKeys: routers, notes: [] }));
    return 0;
  }
  const names = routers.map((name) => terminal.paint('name', name)).join(', ');
  terminal.print(
    `${terminal.paint('good', 'made')} the key of router ${names}; its public key is in ${paths.shown} now\n`,
  );
  sayNext(terminal, ['check', 'up'].map(command));
  return 0;
}
