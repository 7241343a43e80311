#!/bin/sh
# Makes API Manager forward the recipient's certificate: puts MutualSSLCertificateHandler first in the template that
# every deployed API is rendered from. The stock template engages it on default-version APIs only.
#
# usage: api-template.sh FILE        (repository/resources/api_templates/velocity_template.xml)
# Running it again changes nothing. Fails when the template is not as WSO2 API Manager 4.2 to 4.7 ship it.
set -eu

file=${1:?usage: api-template.sh FILE}
anchor='<handlers xmlns="http://ws.apache.org/ns/synapse">'
handler='<handler class="org.wso2.carbon.apimgt.gateway.handlers.common.MutualSSLCertificateHandler"/>'

[ -f "$file" ] || { echo "api-template: $file does not exist: is this API Manager's home?" >&2; exit 1; }

anchors=$(grep -cF "$anchor" "$file" || true)
[ "$anchors" = 1 ] || {
  echo "api-template: expected '$anchor' exactly once in $file, found it $anchors times." >&2
  echo "api-template: this image's template is not one that we know; the handler was not inserted." >&2
  exit 1
}

if grep -A1 -F "$anchor" "$file" | grep -qF "$handler"; then exit 0; fi

awk -v anchor="$anchor" -v handler="$handler" '
  { print }
  index($0, anchor) { print "        " handler }
' "$file" > "$file.new"
# Written over, not moved: the file keeps its owner and mode.
cat "$file.new" > "$file"
rm -f "$file.new"
