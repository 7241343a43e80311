#!/bin/sh
# Ends the server in whose container it runs, and returns when it has ended: a pod's preStop hook. The entrypoints of most of
# WSO2's images let SIGTERM pass unheard, so that without it a server is killed when its pod's time is up; their own `stop` only
# sends the signal. The kubelet kills what takes longer than the pod has.
#
# usage: stop.sh SCRIPT SECONDS
#   SCRIPT   what starts and stops the server, in bin/ of its home
#   SECONDS  how long it serves on first, until no Service sends it anything any more
# environment: WSO2_SERVER_HOME  the server's home
set -eu

script=$1 seconds=$2
file=$WSO2_SERVER_HOME/wso2carbon.pid

sleep "$seconds"
# A server that is only starting has not written it yet.
until [ -s "$file" ]; do sleep 1; done
pid=$(cat "$file")
sh "$WSO2_SERVER_HOME/bin/$script" stop
while kill -0 "$pid" 2>/dev/null; do sleep 1; done
