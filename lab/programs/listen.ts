/**
 * A program that runs in a lab device: answers TCP and UDP on one port, over IPv4 and IPv6.
 *
 * Over TCP it first says in a line from which address it is asked, then sends back every byte. A UDP datagram is
 * answered with the address it came from, a space and the datagram, from the address that it was sent to: a socket for
 * all addresses would answer from the one that the way back has, which need not be it.
 *
 *   listen.ts PORT
 */

import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';

const port = Number(process.argv[2]);

const tcp = createServer((connection) => {
  connection.on('error', () => {});
  connection.write(`${plain(connection.remoteAddress!)}\n`);
  connection.pipe(connection);
});
tcp.listen(port, '::', () => {
  for (const { address } of Object.values(networkInterfaces()).flatMap((each) => each ?? [])) {
    // A link-local address is one of several of that name; the socket for all answers there.
    if (!address.startsWith('fe80:')) answerUdp(address);
  }
  answerUdp('::', () => console.log('listening'));
});

/** Of two sockets on the port the one that is bound to the address hears. An address that cannot be bound is left to `::`. */
function answerUdp(local: string, done?: () => void): void {
  const udp = createSocket({ type: local.includes(':') ? 'udp6' : 'udp4', reuseAddr: true });
  udp.on('message', (datagram, { address, port }) => {
    udp.send(Buffer.concat([Buffer.from(`${plain(address)} `), datagram]), port, address, () => {});
  });
  udp.on('error', (error) => {
    if (local === '::') throw error;
    udp.close();
  });
  udp.bind(port, local, done);
}

function plain(address: string): string {
  return address.replace(/^::ffff:/, '');
}
