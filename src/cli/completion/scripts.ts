/**
 * `completion`: the scripts that shells load. They hand the line to `wg-router __complete` and show what it offers.
 */

import { quoted } from '../../description/visible.ts';
import { Refused } from '../command-line/outcome.ts';
import type { ExitCode, Invocation } from '../verb.ts';
import { SHELLS, type Shell } from '../verbs/completion.ts';

/**
 * Bash cuts words at `=` and `:` (COMP_WORDBREAKS); `__complete` is told so and answers what belongs behind the cut.
 * Offers come as lines of word, tab, description; the first line may ask for files or folders instead.
 */
const BASH = `# wg-router completion for bash: source <(wg-router completion bash)
_wg_router() {
  local current=\${COMP_WORDS[COMP_CWORD]} command=\${COMP_WORDS[0]/#\\~/$HOME} line
  local -a offers
  COMPREPLY=()
  [[ $current == "=" ]] && current=
  mapfile -t offers < <("$command" __complete bash "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  case \${offers[0]-} in
    :file | :folder)
      local kind=-f
      [[ \${offers[0]} == :folder ]] && kind=-d
      mapfile -t COMPREPLY < <(compgen $kind -- "$current")
      compopt -o filenames 2>/dev/null
      return
      ;;
  esac
  for line in "\${offers[@]}"; do COMPREPLY+=("\${line%%$'\\t'*}"); done
}
complete -F _wg_router wg-router
`;

const ZSH = `#compdef wg-router
# wg-router completion for zsh: source <(wg-router completion zsh), behind compinit
_wg_router() {
  local -a offers described
  local line
  offers=("\${(@f)$("\${(Q)words[1]}" __complete zsh "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  case $offers[1] in
    :file) _files; return ;;
    :folder) _files -/; return ;;
    '') return 1 ;;
  esac
  for line in $offers; do described+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}"); done
  _describe 'wg-router' described
}
compdef _wg_router wg-router
`;

const FISH = `# wg-router completion for fish: wg-router completion fish > ~/.config/fish/completions/wg-router.fish
function __wg_router_offers
  set -l words (commandline -opc)
  set -l command $words[1]
  set -e words[1]
  set -l current (commandline -ct)
  set -l offers ($command __complete fish $words "$current" 2>/dev/null)
  switch "$offers[1]"
    case ':file'
      __fish_complete_path "$current"
    case ':folder'
      __fish_complete_directories "$current"
    case '*'
      string join \\n -- $offers
  end
end
complete -c wg-router -f -a '(__wg_router_offers)'
`;

const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };

export async function run({ positionals, terminal }: Invocation): Promise<ExitCode> {
  const shell = SHELLS.find((each) => each === positionals[0]);
  if (shell === undefined) {
    throw new Refused('shell-unknown', `Cannot complete for ${quoted(positionals[0]!)}: there is no script for it`, [
      `shells: ${SHELLS.join(', ')}`,
    ]);
  }
  terminal.print(SCRIPTS[shell]);
  return 0;
}
