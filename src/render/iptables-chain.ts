/**
 * Chains of our own in iptables, as functions of the shell: a chain that may be made twice and taken away twice, with one
 * jump to it.
 *
 *   chain COMMAND TABLE HOOK NAME    empty, and jumped to from HOOK before everything else there
 *   gone COMMAND TABLE HOOK NAME     taken away with its jump
 */

export const CHAIN = [
  'chain() { "$1" -w -t "$2" -N "$4" 2>/dev/null || "$1" -w -t "$2" -F "$4"',
  '"$1" -w -t "$2" -C "$3" -j "$4" 2>/dev/null || "$1" -w -t "$2" -I "$3" -j "$4"; }',
].join('; ');

/** May end with a failure, where there was nothing to take away. */
export const GONE = [
  'gone() { while "$1" -w -t "$2" -D "$3" -j "$4" 2>/dev/null; do :; done',
  '"$1" -w -t "$2" -F "$4" 2>/dev/null && "$1" -w -t "$2" -X "$4"; }',
].join('; ');
