#!/bin/sh
# `npm test`: sets up and runs every suite. As root on Debian it also installs the packages that some suites need;
# elsewhere those suites are skipped, with the command that enables them. Arguments name suites: npm test -- unit lab
set -eu
cd "$(dirname -- "$0")/.."
. scripts/set-up.sh
set_up_packages all

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
  missing=
  while read -r package; do
    dpkg-query --show --showformat '${db:Status-Status}\n' "$package" 2>/dev/null | grep -q '^installed$' ||
      missing="$missing $package"
  done <scripts/debian-packages.txt
  if [ -n "$missing" ]; then
    echo "Installing Debian packages:$missing ..." >&2
    export DEBIAN_FRONTEND=noninteractive
    # A failure is not the end: the runner knows which suites lack what.
    # shellcheck disable=SC2086
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing; } >/dev/null </dev/null ||
      echo "Could not install them; the suites that need them are skipped" >&2
  fi
fi

build_native
exec bin/with-node scripts/run-tests.ts "$@"
