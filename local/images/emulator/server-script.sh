#!/bin/sh
# Starts a server of a home or, with `stop`, ends it, as bin/api-manager.sh and bin/wso2server.sh of WSO2's do: it runs in the
# foreground, its process is named in wso2carbon.pid, and `stop` only sends the signal.
set -eu

home=$(cd "$(dirname "$0")/.." && pwd)
if [ "${1:-}" = stop ]; then
  kill -TERM "$(cat "$home/wso2carbon.pid")"
  exit 0
fi

case $(basename "$home") in
  wso2am-*) server=api-manager ;;
  wso2is-*) server=identity-server ;;
  *) echo "$0: $home is the home of no server that the emulator knows." >&2; exit 1 ;;
esac
echo $$ > "$home/wso2carbon.pid"
exec node "/opt/cdr-stack/local/emulator/$server/main.ts" --home "$home" "$@"
