#!/bin/sh
# `npm start`: sets up, makes network.yaml when there is none, and runs the router. Arguments go to `wg-router up`:
# npm start -- --endpoint vpn.example.net:51820
set -eu
cd "$(dirname -- "$0")/.."
. scripts/set-up.sh
set_up_packages run
build_native

# Without the `--`, npm keeps the option's name for itself and passes it in the environment.
case ${npm_config_endpoint:-} in
  '') ;;
  true) set -- --endpoint "$@" ;;
  *) set -- --endpoint "$npm_config_endpoint" "$@" ;;
esac
exec bin/wg-router up --init "$@"
