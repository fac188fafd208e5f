# Sourced by start.sh and test.sh, in the checkout's folder: installs the npm packages when they are missing or older
# than the lockfile. `set_up_packages run` leaves out what only development needs, `set_up_packages all` does not.
# No install script of any package runs.
#
# `build_native` makes the relay's native module on a machine for which none is in the repository, where there is a C
# compiler. Without one the relay is portable, and `wg-router status` says so.

set_up_packages() {
  installed=node_modules/.package-lock.json
  missing=
  [ -e "$installed" ] || missing=yes
  [ "$1" = run ] || [ -e node_modules/typescript/package.json ] || missing=yes
  if [ -z "$missing" ] && [ -z "$(find package-lock.json -newer "$installed")" ]; then
    return 0
  fi
  command -v npm >/dev/null || {
    echo "error[npm-missing]: Cannot set up: npm is not on the PATH" >&2
    return 2
  }
  echo "Installing npm packages ..." >&2
  if [ "$1" = run ]; then omit=--omit=dev; else omit=--include=dev; fi
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error "$omit" >&2 || return 2
  # What npm wrote may carry the time of the lockfile to the second.
  touch "$installed"
}

build_native() {
  case $(uname -s)-$(uname -m) in
    Linux-x86_64 | Linux-aarch64) return 0 ;;
    Linux-*) ;;
    *) return 0 ;;
  esac
  # Node and uname name processors differently; what was built here lies where nothing else does.
  for module in prebuilds/linux-*/relay.node; do
    case $module in
      */linux-x64-gnu/* | */linux-arm64-gnu/*) ;;
      *) [ -e "$module" ] && [ -z "$(find native -name '*.[ch]' -newer "$module")" ] && return 0 ;;
    esac
  done
  command -v "${CC:-cc}" >/dev/null || {
    echo "No C compiler: the relay will be portable, which is slower (Debian: gcc, libc6-dev)" >&2
    return 0
  }
  echo "Building the native module ..." >&2
  bin/with-node scripts/build-native.ts >&2 || echo "The relay will be portable, which is slower" >&2
}
