#!/bin/sh
# Prepares API Manager: what every server gets (server.sh), its gateway's templates, which name recipients' own truststore, and what the
# gateway answers to who is refused.
#
# usage: api-manager.sh
# environment: that of server.sh, and RECIPIENTS_TRUSTSTORE, the file name of recipients' store
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
sh "$init/api-template.sh" "$CONFIG_VOLUME/$api_template"
sh "$init/listener-profile.sh" "$CONFIG_VOLUME/$listener_profile" "$RECIPIENTS_TRUSTSTORE"
