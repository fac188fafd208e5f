# What bash offers for a line: `offer.bash SCRIPT WORD...`, where SCRIPT defines the completion of `wg-router` and the
# last word is being typed. Prints one offer a line.
script=$1
shift
source "$script"
COMP_WORDS=(wg-router "$@")
COMP_CWORD=$#
COMP_LINE="${COMP_WORDS[*]}"
COMP_POINT=${#COMP_LINE}
COMP_TYPE=9
COMP_KEY=9
specification=$(complete -p wg-router)
function=${specification#*-F }
"${function%% *}" wg-router "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
