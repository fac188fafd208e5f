/**
 * A line that a person types and nobody sees.
 */

import type { Terminal } from './terminal.ts';

/** What was typed until Enter. Ctrl-C ends the process, as it would have. */
export async function hiddenLine(question: string, terminal: Terminal): Promise<string> {
  const { stdin } = process;
  // First: what is typed as soon as the question is there must not be seen either.
  stdin.setRawMode(true);
  terminal.say(question);
  stdin.setEncoding('utf8');
  stdin.resume();
  try {
    return await new Promise<string>((resolve, reject) => {
      let typed = '';
      const onText = (text: string) => {
        for (const letter of text) {
          if (letter === '\r' || letter === '\n' || letter === '\u0004') {
            stdin.off('data', onText);
            resolve(typed);
            return;
          }
          if (letter === '\u0003') {
            stdin.setRawMode(false);
            process.kill(process.pid, 'SIGINT');
            return;
          }
          if (letter === '\u007f' || letter === '\b') typed = [...typed].slice(0, -1).join('');
          else if (letter === '\u0015') typed = '';
          else typed += letter;
        }
      };
      stdin.on('data', onText);
      stdin.once('error', reject);
    });
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stdin.removeAllListeners('error');
    terminal.say('\n');
  }
}
