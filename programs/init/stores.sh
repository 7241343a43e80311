#!/bin/sh
# Builds a server's Java stores from PEM files and a PKCS#12 keystore, with the server image's own keytool.
#
# usage: stores.sh keystore  SOURCE.p12 TARGET TYPE ALIAS
#        stores.sh truststore TARGET TYPE BASE DIRECTORY...
#   TARGET     store to write; replaced when it is there
#   TYPE       JKS or PKCS12
#   BASE       store of the image to start from, so that its public CAs stay (its own sample certificate does not);
#              "-" for none
#   DIRECTORY  PEM files, one certificate each; the alias is the file's name
# environment: KEYSTORE_PASSWORD, TRUSTSTORE_PASSWORD (keytool reads them there: never on the command line),
#              BASE_TRUSTSTORE_PASSWORD where there is a base
set -eu

# Less of a JVM than a server wants: each of these lives for a fraction of a second.
keytool() { command keytool -J-XX:TieredStopAtLevel=1 -J-XX:+UseSerialGC "$@"; }

case ${1:-} in
  keystore)
    source=$2 target=$3 type=$4 alias=$5
    rm -f "$target"
    keytool -importkeystore -noprompt \
      -srckeystore "$source" -srcstoretype PKCS12 -srcstorepass:env KEYSTORE_PASSWORD -srcalias "$alias" \
      -destkeystore "$target" -deststoretype "$type" -deststorepass:env KEYSTORE_PASSWORD -destalias "$alias"
    ;;
  truststore)
    target=$2 type=$3 base=$4
    shift 4
    rm -f "$target"
    if [ "$base" != - ]; then
      keytool -importkeystore -noprompt \
        -srckeystore "$base" -srcstorepass:env BASE_TRUSTSTORE_PASSWORD \
        -destkeystore "$target" -deststoretype "$type" -deststorepass:env TRUSTSTORE_PASSWORD
      # WSO2's images trust their own sample certificate, whose private key everybody can download.
      if keytool -list -alias wso2carbon -keystore "$target" -storepass:env TRUSTSTORE_PASSWORD > /dev/null 2>&1; then
        keytool -delete -alias wso2carbon -keystore "$target" -storepass:env TRUSTSTORE_PASSWORD
      fi
    fi
    for directory in "$@"; do
      for file in "$directory"/*.pem; do
        [ -f "$file" ] || continue
        keytool -importcert -noprompt -alias "$(basename "$file" .pem)" -file "$file" \
          -keystore "$target" -storetype "$type" -storepass:env TRUSTSTORE_PASSWORD
      done
    done
    [ -f "$target" ] || { echo "stores: no certificate in $*: $target would trust nobody." >&2; exit 1; }
    ;;
  *)
    sed -n 's/^# usage: /usage: /p' "$0" >&2
    exit 2
    ;;
esac
