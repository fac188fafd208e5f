/**
 * A file with instructions, and its name.
 */

export interface GatewayFile {
  /** Without a folder; begins with the LAN's name. */
  readonly name: string;
  readonly text: string;
  /** One sentence for a list of files: who uses it where. */
  readonly about: string;
}
