/**
 * A folder with everything that the people of a network need: each machine's configuration, what each LAN's default
 * gateway needs, and a README that says what to do where, in order.
 */

import { visible } from '../../description/visible.ts';
import { formatAddress } from '../../net/address.ts';
import { formatEndpoint } from '../../net/endpoint.ts';
import { type LanPlan, type Plan, tunnelOf } from '../../plan/plan.ts';
import { privateKeyPlaceholder } from '../../render/fill-keys.ts';
import { type GatewayResult, renderGateway } from '../../render/gateway/gateway.ts';
import type { GatewayFile } from '../../render/gateway/gateway-file.ts';
import { tunnelFileName } from '../../render/tunnel-name.ts';
import type { Configuration } from './configuration.ts';

export interface HandOutFile {
  /** Without a folder. */
  readonly name: string;
  readonly content: string;
}

export const README = 'README.md';
const TITLE_END = ': what to do where, in order';

/** Whether `readme` is one of ours: then the folder around it is, too, and may be written anew. */
export function isOurReadme(readme: string): boolean {
  const [title = ''] = readme.split('\n', 1);
  return title.startsWith('# ') && title.endsWith(TITLE_END);
}

/** The files, the README last. */
export function handOutFiles(plan: Plan, configurations: readonly Configuration[]): HandOutFile[] {
  const gateways = plan.lans
    .map((lan) => ({ lan, ...renderGateway(plan, lan) }))
    .filter(({ files }) => files.length > 0);
  return [
    ...configurations.map(({ machine, text }) => ({ name: configurationFileName(machine), content: text })),
    ...gateways.flatMap(({ files }) => files.map(({ name, text }) => ({ name, content: text }))),
    { name: 'README.md', content: readme(plan, configurations, gateways) },
  ];
}

/** What a LAN needs of others, as files. */
interface LanInstructions extends GatewayResult {
  readonly lan: LanPlan;
}

export function configurationFileName(machine: string): string {
  return `${machine}.conf`;
}

function readme(plan: Plan, configurations: readonly Configuration[], gateways: readonly LanInstructions[]): string {
  const carriers = new Set(plan.lans.flatMap((lan) => (lan.via === null ? [] : [lan.via.value])));
  const [first, others] = [
    configurations.filter(({ machine }) => carriers.has(machine)),
    configurations.filter(({ machine }) => !carriers.has(machine)),
  ];
  const steps = [
    routerStep(plan),
    ...first.map((each) => machineStep(each, plan)),
    ...gateways.map(gatewayStep),
    ...others.map((each) => machineStep(each, plan)),
  ];
  return `${[
    `# ${plan.name}${TITLE_END}`,
    '',
    'The files beside this one hold private keys: bring each to its machine by a safe way, then delete the folder.',
    '',
    ...steps.flatMap((lines, i) => [`${i + 1}. ${lines[0]}`, ...lines.slice(1).map((line) => `   ${line}`)]),
  ].join('\n')}\n`;
}

function routerStep(plan: Plan): string[] {
  const router = plan.devices.find((device) => device.kind === 'router')!;
  const tunnel = tunnelOf(router);
  const port = tunnel.listenPort?.value;
  const dialled = plan.devices
    .flatMap((device) => device.interfaces)
    .flatMap((each) => (each.kind === 'wireguard' ? each.peers : []))
    .find((peer) => peer.name === router.name && peer.endpoint !== undefined)?.endpoint?.value;
  return [
    `**Router ${router.name}**${dialled === undefined ? '' : ` (${formatEndpoint(dialled)})`}: run \`wg-router up\`.`,
    ...(port === undefined ? [] : [`UDP port ${port} must be open to it, in the cloud's firewall and in its own.`]),
  ];
}

function machineStep({ machine, text, hasPlaceholder }: Configuration, plan: Plan): string[] {
  const file = configurationFileName(machine);
  const needsName = machine.length > TUNNEL_NAME_LENGTH;
  return [
    `**Machine ${machine}**: \`${file}\``,
    ...headerLines(text).map((line) => `${line}${line.endsWith('.') ? '' : ' '}`.trimEnd()),
    ...(hasPlaceholder
      ? [
          `Its private key is on the machine: put it in the place of \`${privateKeyPlaceholder(machine)}\` there, and nowhere else.`,
        ]
      : []),
    ...(needsName ? [`The name is too long for a tunnel: call the file \`${tunnelFileName(plan)}\` first.`] : []),
  ];
}

/** What wg-quick, and the apps, take for a tunnel's name at most. */
const TUNNEL_NAME_LENGTH = 15;

/** What the configuration says about itself, the line about its origin apart. */
function headerLines(text: string): string[] {
  const lines = text.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('# '));
  return lines.slice(1, Math.max(end, 1)).map((line) => visible(line.slice(2)));
}

function gatewayStep({ lan, files, refusals }: LanInstructions): string[] {
  const gateways = lan.defaultGateway.map(({ value }) => formatAddress(value)).join(' and ');
  const isGateways = ({ name }: GatewayFile) => name.startsWith(`${lan.name}-default-gateway.`);
  const [there, instead] = [files.filter(isGateways), files.filter((file) => !isGateways(file))];
  return [
    `**Default gateway of LAN ${lan.name}** (${gateways})`,
    ...there.map(fileLine),
    `Until then, nothing on the LAN can answer: replies have no way to ${lan.via?.value ?? 'the tunnel'}.`,
    ...(instead.length === 0 ? [] : ['Where you cannot touch the gateway, hosts may learn the routes instead:']),
    ...instead.map(fileLine),
    ...refusals.map(({ message }) => `${message}.`),
  ];
}

function fileLine({ name, about }: GatewayFile): string {
  return `- \`${name}\`: ${about}`;
}
