#!/bin/sh
# Gives recipients a truststore of their own: the gateway's TLS listener otherwise trusts the server's whole client
# truststore, public CAs included, and its store cannot be named in deployment.toml. This replaces the one <TrustStore>
# of the template that listenerprofiles.xml is rendered from at every start.
#
# usage: listener-profile.sh FILE STORE
#   FILE   repository/resources/conf/templates/repository/resources/security/listenerprofiles.xml.j2
#   STORE  file name in repository/resources/security, of the type and password of the server's truststore
# Running it again changes nothing. Fails when the template is not as WSO2 API Manager 4.2 to 4.7 ship it.
set -eu

file=${1:?usage: listener-profile.sh FILE STORE}
store=${2:?usage: listener-profile.sh FILE STORE}

[ -f "$file" ] || { echo "listener-profile: $file does not exist: is this API Manager's home?" >&2; exit 1; }

opened=$(grep -c '<TrustStore>' "$file" || true)
closed=$(grep -c '</TrustStore>' "$file" || true)
[ "$opened" = 1 ] && [ "$closed" = 1 ] || {
  echo "listener-profile: expected one <TrustStore> element in $file, found $opened opened and $closed closed." >&2
  echo "listener-profile: this image's template is not one that we know; recipients' trust was not set." >&2
  exit 1
}

awk -v store="$store" '
  /<TrustStore>/ {
    match($0, /^[ \t]*/); indent = substr($0, 1, RLENGTH)
    print indent "<TrustStore>"
    print indent "    <Location>repository/resources/security/" store "</Location>"
    print indent "    <Type>{{truststore.type}}</Type>"
    print indent "    <Password>{{truststore.password}}</Password>"
    print indent "</TrustStore>"
    replacing = 1
  }
  !replacing { print }
  /<\/TrustStore>/ { replacing = 0 }
' "$file" > "$file.new"
cat "$file.new" > "$file"
rm -f "$file.new"
