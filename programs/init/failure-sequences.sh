#!/bin/sh
# Makes the gateway's own answers say what RFC 6750 (section 3) wants, and no more: a challenge by what was wrong with the token
# instead of one for every kind of key, and the header with which the gateway names the caller's certificate to backends stays inside.
#
# usage: failure-sequences.sh DIRECTORY        (repository/deployment/server/synapse-configs/default/sequences)
# Running it again changes nothing. Fails when the sequences are not as WSO2 API Manager 4.2 to 4.7 ship them.
set -eu

directory=${1:?usage: failure-sequences.sh DIRECTORY}
refusal=$directory/_auth_failure_handler_.xml
# Where the product keeps the caller's token back.
anchor='<property name="Authorization" scope="transport" action="remove"/>'
kept='<property name="X-WSO2-CLIENT-CERTIFICATE" scope="transport" action="remove"/>'
challenged='<sequence key="_cors_request_handler_"/>'

[ -f "$refusal" ] || { echo "failure-sequences: $refusal does not exist: is this API Manager's home?" >&2; exit 1; }
for expected in "$anchor" "$challenged"; do
  found=$(grep -cF "$expected" "$refusal" || true)
  [ "$found" = 1 ] || {
    echo "failure-sequences: expected '$expected' exactly once in $refusal, found it $found times." >&2
    echo "failure-sequences: this image's sequence is not one that we know; nothing was changed." >&2
    exit 1
  }
done

# Written over, not moved: the file keeps its owner and mode.
rewrite() {
  awk "$@" > "$file.new"
  cat "$file.new" > "$file"
  rm -f "$file.new"
}

for file in "$directory"/*.xml; do
  grep -qF "$anchor" "$file" || continue
  grep -qF "$kept" "$file" && continue
  rewrite -v anchor="$anchor" -v kept="$kept" '{ print } index($0, anchor) { print "    " kept }' "$file"
done

grep -q 'name="WWW-Authenticate"' "$refusal" && exit 0
file=$refusal
rewrite -v before="$challenged" '
  function challenge(codes, value, also) {
    print "    <filter source=\"$ctx:ERROR_CODE\" regex=\"" codes "\">"
    print "        <then>" bearer(value) also "</then>"
    print "    </filter>"
  }
  function bearer(value) {
    return "<property name=\"WWW-Authenticate\" value=\"Bearer realm=&quot;cdr&quot;" value "\" scope=\"transport\"/>"
  }
  index($0, before) {
    print "    <property name=\"WWW-Authenticate\" scope=\"transport\" action=\"remove\"/>"
    challenge("900902", "")
    challenge("900901|900903|900904", ", error=&quot;invalid_token&quot;")
    # No property holds the scopes of an operation. One API has the same scope everywhere, and is known by its name: provider--name, with or without :version.
    scoped = ", error=&quot;insufficient_scope&quot;"
    named = "<filter source=\"$ctx:SYNAPSE_REST_API\" regex=\".*--CDRDynamicClientRegistrationAPI(:.*)?\"><then>"
    challenge("900910", scoped, named bearer(scoped ", scope=&quot;cdr:registration&quot;") "</then></filter>")
  }
  { print }
' "$file"
