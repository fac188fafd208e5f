/**
 * The machines of a twin: wg-quick and wireguard-go with the files that were generated for them, as they are.
 */

import { mkdir, writeFile } from 'node:fs/promises';
import { tunnelFileName } from '../../../src/render/tunnel-name.ts';
import { atOnce } from '../at-once.ts';
import type { Layout } from '../layout/layout.ts';
import type { Devices } from './ground.ts';
import { fileNamed, type GeneratedFiles } from './router.ts';

/** What an interface's name has at most. */
const NAME_BYTES = 15;

/** Brings up every machine's tunnel; nothing has been sent through one yet, keepalives apart. */
export async function bringUpTunnels(layout: Layout, devices: Devices, files: GeneratedFiles): Promise<void> {
  await atOnce(layout.machines, async ({ device: { name } }) => {
    const folder = `/run/lab/machines/${name}`;
    const file = name.length > NAME_BYTES ? tunnelFileName(layout.plan) : `${name}.conf`;
    await mkdir(folder, { recursive: true });
    await writeFile(`${folder}/${file}`, fileNamed(`${name}.conf`, files), { mode: 0o600 });
    await devices.get(name)!.run('wg-quick', 'up', `${folder}/${file}`);
  });
}
