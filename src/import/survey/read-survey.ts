/**
 * Reads `survey.yaml`: what no command prints, as a person wrote it down.
 */

import type { Complaints } from '../text/complaints.ts';
import { quote, shown } from '../text/quote.ts';
import { readPorts } from '../text/values.ts';
import { address, entriesOf, listOf, numberUpTo, oneOf, prefix, readWords, text, wrongKind } from './fields.ts';
import { readMachine } from './read-machine.ts';
import {
  readFlowKind,
  type Survey,
  type SurveyFlow,
  type SurveyLan,
  type SurveyMember,
  type SurveyPortForward,
} from './survey.ts';
import { type Entry, readYaml, type Value } from './yaml.ts';

type Draft<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer Item)[] ? Item[] : T[K] };

/** The survey, or null when the text is none. */
export function readSurvey(file: string, source: string, complaints: Complaints): Survey | null {
  const root = readYaml(file, source, complaints);
  if (root === null) return null;
  const survey: Draft<Survey> = {
    file,
    place: root.place,
    machines: [],
    lans: [],
    portForwards: [],
    questions: [],
    works: [],
    notes: [],
  };
  const read = {
    machines: (value: Value) => {
      survey.machines = entriesOf(value, 'machines', complaints).map((entry) => readMachine(entry, complaints));
    },
    lans: (value: Value) => {
      survey.lans = entriesOf(value, 'lans', complaints).map((entry) => readLan(entry, complaints));
    },
    'port-forwards': (value: Value) => {
      survey.portForwards = listOf(value, readPortForward, complaints);
    },
    question: (value: Value) => {
      survey.questions = listOf(value, readFlow, complaints);
    },
    works: (value: Value) => {
      survey.works = listOf(value, readFlow, complaints);
    },
    notes: (value: Value) => {
      survey.notes = listOf(value, text, complaints);
    },
  };
  readWords(root, 'a survey', read, complaints);
  return survey;
}

function readLan({ key, keyPlace, value }: Entry, complaints: Complaints): SurveyLan {
  const lan: Draft<SurveyLan> = { name: key, place: keyPlace, prefixes: [], members: [] };
  const read = {
    prefixes: (each: Value) => {
      lan.prefixes = listOf(each, prefix, complaints);
    },
    'default-gateway': (each: Value) => {
      lan.defaultGateway = text(each, complaints);
    },
    members: (each: Value) => {
      lan.members = readMembers(each, complaints);
    },
  };
  readWords(value, `LAN ${quote(key)}`, read, complaints);
  return lan;
}

function readMembers(value: Value, complaints: Complaints): SurveyMember[] {
  // A list of names says who stands there and nothing about addresses.
  if (value.kind === 'list') {
    return listOf(value, text, complaints).map(({ value: name, origin }) => ({
      name,
      place: origin.kind === 'file' ? origin.place : value.place,
      addresses: [],
    }));
  }
  return entriesOf(value, 'members', complaints).map((entry) => ({
    name: entry.key,
    place: entry.keyPlace,
    addresses: listOf(entry.value, address, complaints),
  }));
}

function readPortForward(value: Value, complaints: Complaints): SurveyPortForward | undefined {
  const forward: Partial<Draft<SurveyPortForward>> = { place: value.place };
  const port = numberUpTo(65535);
  const read = {
    on: (each: Value) => (forward.on = text(each, complaints)),
    proto: (each: Value) => (forward.protocol = oneOf(['tcp', 'udp'])(each, complaints)?.value),
    port: (each: Value) => (forward.port = port(each, complaints)?.value),
    to: (each: Value) => (forward.to = text(each, complaints)),
    'to-port': (each: Value) => (forward.toPort = port(each, complaints)?.value),
  };
  readWords(value, 'a port forward', read, complaints);
  const { place, on, protocol, port: number, to, toPort } = forward;
  if (place && on && protocol && number !== undefined && to) {
    return { place, on, protocol, port: number, to, ...(toPort !== undefined && { toPort }) };
  }
  complaints.mistake('value-wrong', value.place, 'Cannot use this port forward: it needs on, proto, port and to');
  return undefined;
}

function readFlow(value: Value, complaints: Complaints): SurveyFlow | undefined {
  const flow: Partial<Draft<SurveyFlow>> = { place: value.place, what: { kind: 'any' }, large: false };
  const read = {
    from: (each: Value) => (flow.from = text(each, complaints)),
    to: (each: Value) => (flow.to = text(each, complaints)),
    via: (each: Value) => (flow.via = text(each, complaints)),
    what: (each: Value) => {
      const said = text(each, complaints);
      const what = said && readFlowKind(said.value, readPorts);
      if (said && !what) wrongKind(each, 'any, ping, dns, handshake, or tcp/443 stands here', complaints);
      if (what) flow.what = what;
    },
    size: (each: Value) => (flow.large = oneOf(['large', 'small'])(each, complaints)?.value === 'large'),
    note: (each: Value) => (flow.note = text(each, complaints)?.value),
  };
  readWords(value, 'a flow', read, complaints);
  const { place, from, to, via, what, large, note } = flow;
  if (place && from && to && what && large !== undefined) {
    return { place, from, to, what, large, ...(via && { via }), ...(note !== undefined && { note: shown(note) }) };
  }
  complaints.mistake('value-wrong', value.place, 'Cannot use this flow: it needs from and to');
  return undefined;
}
