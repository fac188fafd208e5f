/**
 * How the native backend's arena is divided.
 *
 *   | incoming messages 256 × 64 KiB| sealed packets, by peer | one datagram of the device's |
 *   0                               ^ OUTGOING_OFFSET         ^ COPY_OFFSET                  ^ NATIVE_ARENA_BYTES
 *
 * Pages that nothing touches take no memory. While trains come, eight messages are asked for and not 256: what is worked on
 * then stays in the processor's cache.
 */

import { SLOT_BYTES } from '../../wireguard/batch.ts';
import { MESSAGE_BYTES, MESSAGE_STRIDE, MESSAGES, SEGMENTS } from './module.ts';

/** Messages to ask for while trains come. */
export const TRAINS = 8;
/** Packets of a batch at most, and bytes: room for what so many trains can bring. */
export const ROWS = TRAINS * SEGMENTS;
export const BATCH_BYTES = TRAINS * MESSAGE_BYTES;

export const OUTGOING_OFFSET = MESSAGES * MESSAGE_STRIDE;
/** A sealed packet is longer than what came by its padding at most; one message always fits a batch. */
export const COPY_OFFSET = OUTGOING_OFFSET + BATCH_BYTES + MESSAGE_BYTES + ROWS * 16;
export const NATIVE_ARENA_BYTES = COPY_OFFSET + SLOT_BYTES;
