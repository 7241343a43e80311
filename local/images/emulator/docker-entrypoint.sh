#!/bin/sh
# Starts a server as WSO2's images do: lays what is mounted as configuration over the server's home, then starts the server
# with the container's arguments. Configuration is read here and never again: a changed one needs a new container.
set -eu

# WSO2's images hold one server, which their WSO2_SERVER_HOME names; this one holds those of both generations. Without that
# variable it is the newest that belongs to the user, as whom WSO2's own image runs.
if [ -z "${WSO2_SERVER_HOME:-}" ]; then
  for home in "$WORKING_DIRECTORY"/wso2*-[0-9]*; do
    if [ -O "$home" ]; then WSO2_SERVER_HOME=$home; fi
  done
fi
[ -d "${WSO2_SERVER_HOME:-}" ] || {
  echo "docker-entrypoint: user $(id -u) owns no server in $WORKING_DIRECTORY: run as 10001 (API Manager) or 802 (Identity Server)." >&2
  exit 1
}

for volume in "$WORKING_DIRECTORY/wso2-config-volume" "$WORKING_DIRECTORY/wso2-artifact-volume"; do
  if [ -d "$volume" ] && [ -n "$(ls "$volume")" ]; then cp -RL "$volume"/* "$WSO2_SERVER_HOME/"; fi
done

case $(basename "$WSO2_SERVER_HOME") in
  wso2am-*) server=api-manager ;;
  wso2is-*) server=identity-server ;;
  *) echo "docker-entrypoint: $WSO2_SERVER_HOME is the home of no server that the emulator knows." >&2; exit 1 ;;
esac
# In the shell's place: SIGTERM must reach the server.
exec node "/opt/cdr-stack/local/emulator/$server/main.ts" --home "$WSO2_SERVER_HOME" "$@"
