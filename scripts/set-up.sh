# Sourced by start.sh and test.sh, in the checkout's folder: installs the npm packages when they are missing or older
# than the lockfile. `set_up_packages run` leaves out what only development needs, `set_up_packages all` does not.
# No install script of any package runs.

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
