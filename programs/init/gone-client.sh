#!/bin/sh
# Lets the gateway tell a client that is gone from one without a subscription: to API Manager both are 900908, and it answers 403. It asks
# dcr-service, as the recipient gate does: a client that is gone is answered 401 with a challenge (RFC 7592, section 2.1), so that it does
# not try again; any other stays 403.
#
# usage: gone-client.sh DIRECTORY URL          (as failure-sequences.sh, after it; URL is that of dcr-service)
# Running it again changes nothing. Fails when the sequence is not as WSO2 API Manager 4.2 to 4.7 ship it.
set -eu

file=${1:?usage: gone-client.sh DIRECTORY URL}/_auth_failure_handler_.xml
url=${2:?usage: gone-client.sh DIRECTORY URL}/recipient-gone
# Up to here the message still has the caller's token.
before='<property name="Authorization" scope="transport" action="remove"/>'

grep -qF "uri-template=\"$url\"" "$file" && exit 0
found=$(grep -cF "$before" "$file" || true)
[ "$found" = 1 ] && ! grep -q 'cdr.decision' "$file" || {
  echo "gone-client: expected '$before' exactly once in $file and no question to another dcr-service, found it $found times." >&2
  exit 1
}

# What is answered is complete, so the product adds nothing to it. A dcr-service that does not answer makes it 500, as everywhere.
awk -v before="$before" -v url="$url" '
  index($0, before) {
    print "    <filter source=\"$ctx:ERROR_CODE\" regex=\"900908\">"
    print "        <then>"
    print "            <call blocking=\"true\">"
    print "                <endpoint><http method=\"GET\" uri-template=\"" url "\">"
    print "                    <timeout><duration>3000</duration><responseAction>fault</responseAction></timeout>"
    print "                    <suspendOnFailure><errorCodes>-1</errorCodes><initialDuration>0</initialDuration><progressionFactor>1.0</progressionFactor><maximumDuration>0</maximumDuration></suspendOnFailure>"
    print "                    <markForSuspension><errorCodes>-1</errorCodes></markForSuspension>"
    print "                </http></endpoint>"
    print "                <source type=\"inline\" contentType=\"application/json\">{}</source>"
    print "                <target type=\"property\">cdr.decision</target>"
    print "            </call>"
    print "            <filter xpath=\"contains(get-property(&apos;cdr.decision&apos;), &apos;&quot;challenge&quot;:&quot;invalid_token&quot;&apos;)\">"
    print "                <then>"
    print "                    <payloadFactory media-type=\"json\">"
    print "                        <format>{\"error\": \"invalid_token\", \"error_description\": \"The client is unknown\"}</format>"
    print "                        <args/>"
    print "                    </payloadFactory>"
    print "                    <property name=\"TRANSPORT_HEADERS\" action=\"remove\" scope=\"axis2\"/>"
    print "                    <property name=\"HTTP_SC\" value=\"401\" scope=\"axis2\" type=\"STRING\"/>"
    print "                    <property name=\"messageType\" value=\"application/json\" scope=\"axis2\" type=\"STRING\"/>"
    print "                    <property name=\"Cache-Control\" value=\"no-store\" scope=\"transport\" type=\"STRING\"/>"
    print "                    <property name=\"WWW-Authenticate\" value=\"Bearer realm=&quot;cdr&quot;, error=&quot;invalid_token&quot;\" scope=\"transport\" type=\"STRING\"/>"
    print "                    <respond/>"
    print "                </then>"
    print "            </filter>"
    print "        </then>"
    print "    </filter>"
  }
  { print }
' "$file" > "$file.new"
# Written over, not moved: the file keeps its owner and mode.
cat "$file.new" > "$file"
rm -f "$file.new"
