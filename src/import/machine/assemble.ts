/**
 * Everything that files tell about one machine → its draft: the survey's facts first, then what tunnels are called, then
 * hooks, then what commands printed.
 */

import { formatKey, sameKey } from '../../net/key.ts';
import type { Fact } from '../../plan/plan.ts';
import type { WgConfiguration } from '../formats/wg-quick.ts';
import type { LiveTunnel } from '../formats/wg-show.ts';
import type { Observation, Place } from '../imported.ts';
import { runHook } from '../shell/run.ts';
import type { SurveyMachine } from '../survey/survey.ts';
import { type Complaints, complaints as newComplaints } from '../text/complaints.ts';
import { at } from '../text/part.ts';
import { type Draft, emptyDraft } from './draft.ts';
import { addInterfaces, addObserved, addressesOfLive, observedParts, withLive } from './from-observed.ts';
import { addSurvey } from './from-survey.ts';
import type { Observed } from './observed.ts';
import { tunnelName } from './tunnel-name.ts';

export function assemble(
  name: string,
  place: Place,
  survey: SurveyMachine | null,
  observed: readonly Observed[],
  complaints: Complaints,
): Draft {
  const draft = emptyDraft(name, place, survey);
  if (survey) addSurvey(draft, survey);
  addInterfaces(draft, observed);
  const lives = observed.flatMap((each) => (each.kind === 'tunnels' ? each.tunnels : []));
  const used = new Set<LiveTunnel>();
  for (const { stem, configuration } of observed.filter((each) => each.kind === 'configuration')) {
    const id = tunnelName(draft, configuration, stem === name ? null : stem);
    const live = lives.filter((each) => !used.has(each) && describes(each, id, configuration.publicKey));
    for (const each of live) used.add(each);
    addTunnel(
      draft,
      id,
      live.reduce((whole, each) => withLive(each, whole), configuration),
      true,
    );
  }
  for (const live of lives) {
    if (used.has(live)) continue;
    const twins = lives.filter((each) => each !== live && !used.has(each) && describes(each, live.id, live.publicKey));
    for (const each of [live, ...twins]) used.add(each);
    const configuration = twins.reduce((whole, each) => withLive(each, whole), withLive(live, null));
    const id =
      live.id === null || live.id === name || live.id === '' ? tunnelName(draft, configuration, null) : live.id;
    addTunnel(draft, id, configuration, false);
  }
  runHooks(draft, observed, complaints);
  addObserved(draft, observed, complaints);
  return draft;
}

/** Whether what runs is this tunnel. */
function describes(live: LiveTunnel, id: string | null, publicKey: Fact<Uint8Array> | null): boolean {
  if (live.publicKey && publicKey) return sameKey(live.publicKey.value, publicKey.value);
  return live.id !== null && live.id === id;
}

function addTunnel(draft: Draft, id: string, configuration: WgConfiguration, isWgQuick: boolean): void {
  const whole = addressesOfLive(draft, id, configuration);
  draft.interfaces.delete(id);
  draft.tunnels.push({ id, configuration: whole, isWgQuick, addresses: [] });
}

/** What hooks do to parts that commands show is there already: only what they do to others is kept, and complained of. */
function runHooks(draft: Draft, observed: readonly Observed[], complaints: Complaints): void {
  const own = newComplaints();
  for (const tunnel of draft.tunnels) {
    const { hooks } = tunnel.configuration;
    for (const { when, place, text } of hooks.toSorted((a, b) => orderOf(a.when) - orderOf(b.when))) {
      if (!when.endsWith('up')) continue;
      runHook(text.replaceAll('%i', tunnel.id), { draft, tunnel, place, complaints: own });
    }
  }
  const shown = observedParts(observed);
  for (const { place, reason, concerns } of own.said().notUnderstood) {
    const left = concerns.filter((part) => !shown.has(part));
    if (left.length > 0 || concerns.length === 0) complaints.notUnderstood(place, reason, left);
  }
}

function orderOf(when: string): number {
  return when === 'pre-up' ? 0 : 1;
}

/** What `wg show` counted, by peer. */
export function observationsOf(
  draft: Draft,
  observed: readonly Observed[],
  nameOfKey: (key: Uint8Array) => string,
): Observation[] {
  return observed.flatMap((each) => {
    if (each.kind !== 'tunnels') return [];
    return each.tunnels.flatMap((live) => {
      const tunnel = draft.tunnels.find(({ id, configuration }) => describes(live, id, configuration.publicKey));
      return live.peers.flatMap((peer): Observation[] => {
        if (peer.latestHandshake === null || !peer.publicKey) return [];
        return [
          {
            device: draft.name,
            interface: tunnel?.id ?? live.id ?? '',
            peer: nameOfKey(peer.publicKey.value),
            ...(peer.endpoint && { endpoint: textOf(peer.endpoint.value) }),
            latestHandshake: peer.latestHandshake,
            received: peer.received,
            sent: peer.sent,
            origin: at(peer.place),
          },
        ];
      });
    });
  });
}

function textOf({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Names of the devices by their keys; of two with one key the first. */
export function ownersOf(drafts: readonly Draft[], complaints: Complaints): (key: Uint8Array) => string {
  const owners = new Map<string, { name: string; fact: Fact<Uint8Array> }>();
  for (const draft of drafts) {
    for (const { configuration } of draft.tunnels) {
      const fact = configuration.publicKey;
      if (!fact) continue;
      const key = formatKey(fact.value);
      const first = owners.get(key);
      if (!first) owners.set(key, { name: draft.name, fact });
      else if (first.name !== draft.name && fact.origin.kind === 'file' && first.fact.origin.kind === 'file') {
        complaints.warning(
          'key-twice',
          fact.origin.place,
          `Cannot tell ${draft.name} from ${first.name}: both have one key`,
          {
            notes: [{ place: first.fact.origin.place, message: `${first.name} has it here` }],
            help: ['make a key for each: of two machines with one key only the one that spoke last is reached'],
          },
        );
      }
    }
  }
  return (key) => owners.get(formatKey(key))?.name ?? '';
}
