/**
 * A process that writes a history as fast as it can, to be killed: `killed-writer.ts FILE`. After each transaction it
 * prints how many are done.
 */

import { History } from '../../src/control/history/history.ts';

const [path] = process.argv.slice(2);
const history = new History(path!);
const { changes } = history;
for (let done = 1; ; done++) {
  history.write(() => {
    const before = changes.latest() ?? changes.keep('', Date.now());
    const after = changes.keep(`name: n${done}-${process.pid}\n`.repeat(50), Date.now());
    changes.add({ who: null, way: 'file', action: 'file-edited', object: String(done), before, after }, Date.now());
    for (let machine = 1; machine <= 20; machine++) {
      history.traffic.add(machine, { received: 1, sent: 1, drops: {}, from: done, to: done + 1 }, 10);
    }
  });
  process.stdout.write(`${done}\n`);
}
