/**
 * The collecting script of a survey: POSIX sh, one file for one machine, in the sections of `docs/reference/survey.md`.
 *
 * Keys do not leave the machine, and are never the argument of a command: private keys become public ones, preshared keys
 * hashes, and of hooks only the commands that the doctor understands are kept. Written without `${…}`, for it stands in a
 * template.
 */

/** Its text, to be run as root by any POSIX shell. It changes nothing. */
export const SURVEY_SCRIPT = String.raw`#!/bin/sh
# Collects what wg-router doctor needs to know about this machine, and prints it. It changes nothing, and no private or
# preshared key is in what it prints. Run it as root:  sh survey.sh > NAME.txt
set -uf
LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export PATH

section() { printf '== wg-router survey 1: %s ==\n' "$1"; }
has() { command -v "$1" >/dev/null 2>&1; }

# What a command prints, or one line that says why it prints nothing.
output() {
  section "$*"
  if ! has "$1"; then echo "!! $1 is not installed"; return 1; fi
  if said=$("$@" 2>&1); then printf '%s\n' "$said"; return 0; fi
  printf '!! %s\n' "$(printf '%s' "$said" | head -n 1 | cut -c 1-200)"
  return 1
}

# The first 16 hex digits of the SHA-256 of what comes in.
hash() {
  if has sha256sum; then sha256sum; elif has shasum; then shasum -a 256; elif has sha256; then sha256 -q
  elif has openssl; then openssl dgst -sha256 -r; else echo unknown; fi | cut -c 1-16
}

# A configuration of wg-quick without what is secret: keys are marked for the loop that follows.
plain() {
  tr -d '\r' < "$1" | awk '
    function trimmed(text) { gsub(/^[ \t]+|[ \t]+$/, "", text); return text }
    function kept(text, word) {
      text = trimmed(text); word = text
      sub(/[ \t].*/, "", word); sub(/.*\//, "", word)
      if (word !~ /^(ip|iptables|ip6tables|nft|sysctl|wg)$/) return ""
      if (text ~ /\$\(|<\(|\140/) return ""
      return text
    }
    # The commands of a hook: what is between ; & and | outside of quotes.
    function commands(text, at, sign, quote, part, all, piece) {
      all = ""; part = ""; quote = ""
      for (at = 1; at <= length(text) + 1; at++) {
        sign = at > length(text) ? ";" : substr(text, at, 1)
        if (quote == "" && sign ~ /[;&|]/) {
          piece = kept(part)
          if (piece != "") all = all (all == "" ? "" : "; ") piece
          part = ""
          continue
        }
        if (sign == "\\" && quote != "\047") { part = part sign substr(text, ++at, 1); continue }
        if (quote == "" && (sign == "\"" || sign == "\047")) quote = sign
        else if (sign == quote) quote = ""
        part = part sign
      }
      return all
    }
    /^[ \t]*\[[A-Za-z]+\][ \t]*(#.*)?$/ { sub(/#.*/, ""); print trimmed($0); next }
    /^[ \t]*#/ { if (trimmed($0) ~ /^# ?[A-Za-z0-9][A-Za-z0-9 ._-]*$/ && length($0) < 40) print trimmed($0); next }
    /=/ {
      word = tolower(trimmed(substr($0, 1, index($0, "=") - 1)))
      value = trimmed(substr($0, index($0, "=") + 1))
      if (word ~ /^(pre|post)(up|down)$/) { value = commands(value); if (value != "") print word " = " value; next }
      sub(/[ \t]*#.*/, "", value)
      if (word == "privatekey") print "@private " value
      else if (word == "presharedkey") print "@preshared " value
      else if (word ~ /^(address|listenport|fwmark|mtu|dns|table|saveconfig|publickey|allowedips|endpoint|persistentkeepalive)$/) print word " = " value
      else print "# " (word ~ /^[a-z0-9]+$/ && length(word) < 30 ? word : "a word") " is left out"
    }'
}

safe() {
  plain "$1" | while IFS= read -r line; do
    case $line in
      '@private '*)
        set -- $line
        if public=$(printf '%s\n' "$2" | wg pubkey 2>/dev/null); then echo "PublicKey = $public"
        else echo '# a private key that wg does not take'; fi ;;
      '@preshared '*)
        set -- $line
        echo "PresharedKey = $(printf '%s' "$2" | hash)" ;;
      *) printf '%s\n' "$line" ;;
    esac
  done
}

# wg show all dump: the private key is hidden, preshared keys are hashes.
dump() {
  section 'wg show all dump'
  if ! has wg; then echo '!! wg is not installed'; return; fi
  if ! said=$(wg show all dump 2>/dev/null); then echo '!! wg show all dump fails'; return; fi
  [ -n "$said" ] || return 0
  tab=$(printf '\t')
  printf '%s\n' "$said" | while IFS=$tab read -r interface first second rest; do
    case $rest in
      *"$tab"*"$tab"*)
        [ "$second" = '(none)' ] || second=$(printf '%s' "$second" | hash)
        printf '%s\t%s\t%s\t%s\n' "$interface" "$first" "$second" "$rest" ;;
      *) printf '%s\t(hidden)\t%s\t%s\n' "$interface" "$second" "$rest" ;;
    esac
  done
}

# The switches of every interface, as sysctl -a prints them.
switches() {
  section sysctl
  echo "net.ipv4.ip_forward = $(cat /proc/sys/net/ipv4/ip_forward 2>/dev/null)"
  for family in 4 6; do
    for name in $(ls "/proc/sys/net/ipv$family/conf" 2>/dev/null); do
      for switch in forwarding rp_filter proxy_arp src_valid_mark force_forwarding proxy_ndp accept_ra disable_ipv6; do
        file=/proc/sys/net/ipv$family/conf/$name/$switch
        [ -r "$file" ] || continue
        echo "net.ipv$family.conf.$(printf '%s' "$name" | tr . /).$switch = $(cat "$file")"
      done
    done
  done
}

[ "$(id -u)" = 0 ] || echo 'survey: not run as root, so much stays unknown' >&2

section host
echo "name: $(uname -n)"
echo "kernel: $(uname -r)"
echo "date: $(date +%s)"
set +f
for file in /etc/wireguard/*.conf; do
  [ -f "$file" ] || continue
  section "wg-quick $(basename "$file" .conf)"
  if [ -r "$file" ]; then set -f; safe "$file"; set +f; else echo '!! the file cannot be read'; fi
done
set -f
dump
output ip -d -j addr || output ip -j addr
output ip -4 -j route show table all
output ip -6 -j route show table all
output ip -4 -j rule
output ip -6 -j rule
output ip -j neigh show proxy
output ip -j neigh
output iptables-save
output ip6tables-save
output nft -j list ruleset || output nft list ruleset
switches
section end
`;
