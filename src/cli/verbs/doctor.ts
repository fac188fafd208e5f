/**
 * What `doctor` takes. What it does is in `diagnosis/doctor.ts`, read when it is run.
 */

import type { Verb } from '../verb.ts';

export const doctor: Verb = {
  name: 'doctor',
  summary: 'why a network that others built does not work, and the cure',
  about: [
    'Reads WireGuard configurations and outputs of commands of any machines (`*.conf` of wg-quick, `wg showconf`, `wg show all dump`, `ip -j addr`, `ip -j route`, `iptables-save`, `nft -j list ruleset`, `sysctl -a`), and folders of them, together with an optional `survey.yaml` that says what no command prints and what does not work. The same model that `explain` uses then follows every packet there and back.',
    'Each cause is named with how certain it is: `proved` by the files alone, `likely` or `possible` with an assumption that is named. It comes with the lines that are guilty, the way to where the packet is lost, and the cure. What was not understood and what would settle what is open is listed. Exit code 1 means that a cause is proved or likely, that a file has a mistake for which a program would refuse it, or that no file was understood; 0 that nothing is wrong as far as is known.',
    'With `--adopt`, a network without a proved or likely cause becomes a network file of one router, its machines and LANs; what does not fit is refused, and what the file does not carry over is told.',
    'Keys are replaced by their public halves and hashes while a file is read; none is printed or kept. docs/doctor.md says how to go about it.',
  ],
  positionals: [{ name: 'PATH', isList: true, completes: 'file' }],
  options: [
    {
      name: 'adopt',
      value: 'NAME',
      summary: 'print a network file called NAME that keeps keys, addresses and LANs',
    },
  ],
  examples: [
    { command: 'wg-router doctor hub.conf phone.conf', what: 'two ends of a tunnel' },
    { command: 'wg-router doctor network/', what: 'a folder: one file or folder for each machine, and survey.yaml' },
    { command: 'wg-router doctor network/ --adopt home > network.yaml', what: 'go on from there with wg-router' },
    { command: 'wg-router doctor network/ --json', what: 'the same for a program' },
  ],
  run: async (invocation) => (await import('../diagnosis/doctor.ts')).run(invocation),
};
