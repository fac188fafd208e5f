/**
 * A program that runs in a lab device: answers TCP and UDP on one port, over IPv4 and IPv6.
 *
 * Over TCP it first says in a line from which address it is asked, then sends back every byte. A UDP datagram is
 * answered with the address it came from, a space and the datagram.
 *
 *   listen.ts PORT
 */

import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

const port = Number(process.argv[2]);

const tcp = createServer((connection) => {
  connection.on('error', () => {});
  connection.write(`${plain(connection.remoteAddress!)}\n`);
  connection.pipe(connection);
});
tcp.listen(port, '::', () => {
  const udp = createSocket('udp6');
  udp.on('message', (datagram, { address, port }) => {
    udp.send(Buffer.concat([Buffer.from(`${plain(address)} `), datagram]), port, address, () => {});
  });
  udp.bind(port, '::', () => console.log('listening'));
});

function plain(address: string): string {
  return address.replace(/^::ffff:/, '');
}
