#!/bin/sh
# Prepares what a server starts from, in its own image and before it starts: the stores are built with the image's own
# keytool, the result lies in the volume that the image's entrypoint copies over the server's home.
#
# usage: server.sh
# environment: SERVER_HOME    the server's home in this image
#              INPUT          configuration/deployment.toml (and database-ca.pem, edge.pem, recipients.crl), keystore/keystore.p12, trust/{recipients,servers}/*.pem
#              CONFIG_VOLUME  where the result goes
#              STATE_VOLUME   the volume that will hide SERVER_HOME/repository/database
#              KEYSTORE, TRUSTSTORE, STORE_TYPE, KEY_ALIAS  the stores as deployment.toml names them
#              KEYSTORE_SOURCE_ALIAS  "any" where the key in keystore/keystore.p12 is under another alias than KEY_ALIAS
#              SIGNING_KEYSTORE  the store for INPUT/signing-keystore/keystore.p12, where the server signs with another key than that of its TLS
#              JDBC_DRIVER    a folder with the driver of a database that is not embedded; none otherwise
#              RECIPIENTS_TRUSTSTORE  of the listener: a store with recipients' CAs alone
#              and the passwords that stores.sh wants
set -eu

init=$(dirname "$0")
stock=$SERVER_HOME/repository/resources/security
security=$CONFIG_VOLUME/repository/resources/security

[ -d "$SERVER_HOME" ] || { echo "server: there is no $SERVER_HOME: this image is not of the version that was configured." >&2; exit 1; }
[ -f "$stock/$TRUSTSTORE" ] || { echo "server: the image has no $stock/$TRUSTSTORE to add the declared CAs to." >&2; exit 1; }

mkdir -p "$security" "$CONFIG_VOLUME/repository/conf"
cp "$INPUT/configuration/deployment.toml" "$CONFIG_VOLUME/repository/conf/deployment.toml"
lists=$INPUT/configuration/recipients.crl
if [ -f "$lists" ]; then cp "$lists" "$security/"; fi
if [ -n "${JDBC_DRIVER:-}" ]; then
  # Who issued PostgreSQL's certificate: the CA that was named, or any of the servers'.
  authority=$INPUT/configuration/database-ca.pem
  [ -f "$authority" ] || authority=$INPUT/trust/servers/*.pem
  cat $authority > "$security/database-ca.pem"
  mkdir -p "$CONFIG_VOLUME/repository/components/lib"
  cp "$JDBC_DRIVER"/*.jar "$CONFIG_VOLUME/repository/components/lib/" ||
    { echo "server: there is no JDBC driver in $JDBC_DRIVER: without one the server cannot open its database." >&2; exit 1; }
fi

sh "$init/stores.sh" keystore "$INPUT/keystore/keystore.p12" "$security/$KEYSTORE" "$STORE_TYPE" "$KEY_ALIAS" "${KEYSTORE_SOURCE_ALIAS:-}"
if [ -n "${SIGNING_KEYSTORE:-}" ]; then
  sh "$init/stores.sh" keystore "$INPUT/signing-keystore/keystore.p12" "$security/$SIGNING_KEYSTORE" "$STORE_TYPE" "$KEY_ALIAS"
fi
recipients=$INPUT/trust/recipients
if [ -n "${RECIPIENTS_TRUSTSTORE:-}" ]; then
  # Without a base: the image's public CAs issue certificates to anybody, recipients are only those of the CDR's CAs.
  # An edge that ends recipients' TLS is believed what it forwards because its own certificate is an entry of this store.
  edge=$INPUT/configuration/edge.pem
  [ -f "$edge" ] || edge=
  sh "$init/stores.sh" truststore "$security/$RECIPIENTS_TRUSTSTORE" "$STORE_TYPE" - "$recipients" ${edge:+"$edge"}
  recipients=$security/$RECIPIENTS_TRUSTSTORE
fi
sh "$init/stores.sh" truststore "$security/$TRUSTSTORE" "$STORE_TYPE" "$stock/$TRUSTSTORE" "$INPUT/trust/servers" "$recipients"

# A new volume is empty and hides the databases that the image ships, so they are copied to it, once. The mark comes last:
# a copy that was cut short is made again, and a database that a server has written to is never touched.
if [ ! -e "$STATE_VOLUME/.prepared" ]; then
  if [ -d "$SERVER_HOME/repository/database" ]; then cp -R "$SERVER_HOME/repository/database/." "$STATE_VOLUME/"; fi
  : > "$STATE_VOLUME/.prepared"
fi
