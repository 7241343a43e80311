#!/bin/sh
# Prepares API Manager: what every server gets (server.sh), its gateway's templates, which name recipients' own truststore, and what the
# gateway answers to who is refused.
#
# usage: api-manager.sh
# environment: that of server.sh, RECIPIENTS_TRUSTSTORE, the file name of recipients' store, and DCR_SERVICE_URL, where the gateway reaches
#              dcr-service
set -eu

init=$(dirname "$0")
api_template=repository/resources/api_templates/velocity_template.xml
listener_profile=repository/resources/conf/templates/repository/resources/security/listenerprofiles.xml.j2

sh "$init/server.sh"

sequences=repository/deployment/server/synapse-configs/default/sequences
for template in "$api_template" "$listener_profile"; do
  [ -f "$SERVER_HOME/$template" ] || { echo "api-manager: the image has no $SERVER_HOME/$template." >&2; exit 1; }
  mkdir -p "$CONFIG_VOLUME/$(dirname "$template")"
  cp "$SERVER_HOME/$template" "$CONFIG_VOLUME/$template"
done
mkdir -p "$CONFIG_VOLUME/$sequences"
cp "$SERVER_HOME/$sequences"/*.xml "$CONFIG_VOLUME/$sequences/"
sh "$init/failure-sequences.sh" "$CONFIG_VOLUME/$sequences"
sh "$init/gone-client.sh" "$CONFIG_VOLUME/$sequences" "$DCR_SERVICE_URL"
sh "$init/api-template.sh" "$CONFIG_VOLUME/$api_template"
sh "$init/listener-profile.sh" "$CONFIG_VOLUME/$listener_profile" "$RECIPIENTS_TRUSTSTORE"

# A call that a mediator waits for has the JVM's own TLS, not the gateway's: without these options it shows no certificate, and dcr-service
# does not speak to it. An argument file of java, so that no password is on a command line.
quoted=$(printf '%s' "$KEYSTORE_PASSWORD" | sed 's/[\\"]/\\&/g')
options=$CONFIG_VOLUME/repository/resources/security/client-key.options
(
  umask 077
  printf -- '-Djavax.net.ssl.keyStore=%s\n-Djavax.net.ssl.keyStoreType=%s\n-Djavax.net.ssl.keyStorePassword="%s"\n' \
    "$SERVER_HOME/repository/resources/security/$KEYSTORE" "$STORE_TYPE" "$quoted" > "$options"
)
