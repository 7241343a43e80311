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
  wso2am-*) script=$WSO2_SERVER_HOME/bin/api-manager.sh ;;
  *) script=$WSO2_SERVER_HOME/bin/wso2server.sh ;;
esac
[ -f "$script" ] || { echo "docker-entrypoint: there is no $script: $WSO2_SERVER_HOME is no home of a server." >&2; exit 1; }

case $(basename "$WSO2_SERVER_HOME") in
  wso2am-4.7.0)
    # This one hears SIGTERM, has the server stop, and waits for it.
    trap 'sh "$script" stop || :' TERM INT
    sh "$script" "$@" &
    server=$! status=0
    while kill -0 "$server" 2>/dev/null; do
      status=0
      wait "$server" || status=$?
    done
    exit "$status"
    ;;
  *)
    # The others ignore it: a process 1 without a trap ignores the signal, and does not forward it to the server, its child.
    sh "$script" "$@"
    ;;
esac
