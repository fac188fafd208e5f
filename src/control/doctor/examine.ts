/**
 * Files → the doctor's report: imported, proved and put into words. Without files, clock or processes.
 */

import { createHash } from 'node:crypto';
import { placeExcerpt } from '../../description/print-diagnostics.ts';
import { adopt } from '../../import/adopt.ts';
import { importNetwork } from '../../import/import-network.ts';
import type { Imported, KeyFunctions } from '../../import/imported.ts';
import type { Origin } from '../../plan/plan.ts';
import { diagnose } from '../../prove/causes/diagnose.ts';
import type { Finding } from '../../prove/causes/finding.ts';
import { worldOfOthers } from '../../prove/causes/implied-gateways.ts';
import { hopLines } from '../../prove/explain/hop-line.ts';
import { addressText, isStandIn, packetName, stationLabel, stationName } from '../../prove/explain/names.ts';
import { originWords } from '../../prove/explain/origins.ts';
import type { FlowPacket, Run } from '../../prove/flow.ts';
import type { Station } from '../../prove/world.ts';
import { publicKeyOf } from '../../wireguard/crypto/x25519.ts';
import { adoptionOf } from './adoption.ts';
import type { FoundFile, GivenFiles } from './given-files.ts';
import type { DoctorReport, Evidence, Remark, ReportedFinding, TracedPacket } from './report.ts';

/** Places that are shown of one finding. */
const EVIDENCE_AT_MOST = 4;
const REMARKS_AT_MOST = 200;

const KEY_FUNCTIONS: KeyFunctions = {
  publicKeyOf,
  hashPresharedKey: (base64) => createHash('sha256').update(base64).digest('hex').slice(0, 16),
};

export interface ExamineOptions {
  /** Whether lines of files are painted for a terminal. */
  readonly colour: boolean;
  /** What the network file to be made of it is called; absent: none is. */
  readonly adoptAs?: string;
}

export function examine({ files, passedOver, answers = [] }: GivenFiles, options: ExamineOptions): DoctorReport {
  const imported = importNetwork(files, KEY_FUNCTIONS, answers);
  const { plan } = imported;
  const diagnosis = diagnose(worldOfOthers(plan), imported);
  const texts = new Map([...files, ...answers].map(({ path, text }) => [path, text]));
  const findings = diagnosis.findings.map((finding) => reported(finding, texts, options));
  return {
    machines: plan.devices.map(({ name }) => name),
    lans: plan.lans.map(({ name }) => name),
    files: imported.files,
    questions: imported.questions.length,
    looked: diagnosis.looked,
    findings,
    unknown: diagnosis.unknown,
    notUnderstood: [...passedOver.map(passedOverRemark), ...notUnderstood(imported)].slice(0, REMARKS_AT_MOST),
    mistakes: imported.diagnostics.slice(0, REMARKS_AT_MOST).map(({ place, message, severity }) => ({
      file: place.file,
      line: place.line,
      text: message,
      isError: severity === 'error',
    })),
    adopted: options.adoptAs === undefined ? null : adoptionOf(adopt(imported, options.adoptAs), findings),
  };
}

function passedOverRemark({ path, reason }: GivenFiles['passedOver'][number]): Remark {
  return { file: path, line: null, text: `was not read: ${reason}`, isError: false };
}

function notUnderstood(imported: Imported): Remark[] {
  return imported.notUnderstood.map(({ place, reason }) => ({
    file: place.file,
    line: place.line,
    text: reason,
    isError: false,
  }));
}

function reported(
  finding: Finding,
  texts: ReadonlyMap<string, FoundFile['text']>,
  options: ExamineOptions,
): ReportedFinding {
  const { cause, station, flows, certainty, words, assumption, cure, run } = finding;
  return {
    cause,
    machine: station.name,
    flows,
    certainty,
    sentence: `${stationName(station)} ${words}`,
    assumption,
    evidence: evidenceOf(finding, texts, options),
    cure,
    packets: run === null ? [] : tracedPackets(run),
  };
}

function evidenceOf(
  { origins, station, words }: Finding,
  texts: ReadonlyMap<string, string>,
  { colour }: ExamineOptions,
): Evidence[] {
  const places = new Map<string, Extract<Origin, { kind: 'file' }>['place']>();
  for (const origin of origins) {
    for (const place of originWords(origin).places) places.set(`${place.file}:${place.line}`, place);
  }
  const found = [...places.values()].slice(0, EVIDENCE_AT_MOST).map((place) => ({
    file: place.file,
    line: place.line,
    excerpt: placeExcerpt(place, texts.get(place.file) ?? '', { colour }),
  }));
  return found.length > 0 ? found : [{ fact: `${stationName(station)} ${words}` }];
}

/** The first packet, the first reply, and the one that is lost. */
function tracedPackets({ packets, reason }: Run): TracedPacket[] {
  const reply = packets.find(({ direction }) => direction === 'reply');
  const shown = [packets[0], reply, reason?.packet].filter((each) => each !== undefined);
  return [...new Set(shown)].map(tracedPacket);
}

function tracedPacket(packet: FlowPacket): TracedPacket {
  const { trace, direction } = packet;
  const [first] = trace.hops;
  return {
    direction,
    name: packetName(packet),
    from: stationName(first!.station),
    to: isStandIn(first!.packet.destination)
      ? nameOf(trace.hops.at(-1)!.station)
      : addressText(first!.packet.destination),
    hops: hopLines(withoutAssumptions(trace)).map(({ hop, words, end }) => ({
      station: stationLabel(hop.station),
      words,
      isEnd: end !== null,
    })),
  };
}

/** Of somebody whose address nobody stated. */
function nameOf(station: Station): string {
  return station.kind === 'internet' ? 'the internet' : stationName(station);
}

/** What was taken to be in its favour is said once, and not at every hop. */
function withoutAssumptions(trace: FlowPacket['trace']): FlowPacket['trace'] {
  const hops = trace.hops.map((hop) => ({
    ...hop,
    steps: hop.steps.filter((step) => step.kind !== 'assumption' || step.ends),
  }));
  return { ...trace, hops };
}
