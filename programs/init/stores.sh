#!/bin/sh
# Builds a server's Java stores from PEM files and a PKCS#12 keystore, with the server image's own keytool.
#
# usage: stores.sh keystore  SOURCE.p12 TARGET TYPE ALIAS [any]
#        stores.sh truststore TARGET TYPE BASE SOURCE...
#   any        the key is under another alias in SOURCE.p12: whichever it is, it is the only one
#   TARGET     store to write; replaced when it is there
#   TYPE       JKS or PKCS12
#   BASE       store of the image to start from, so that its public CAs stay (its own sample certificate does not);
#              "-" for none
#   SOURCE     PEM file, or directory of them, one certificate each, the alias being the file's name; or a store that was built
#              here, of whose entries all are taken
# environment: KEYSTORE_PASSWORD, TRUSTSTORE_PASSWORD (keytool reads them there: never on the command line),
#              BASE_TRUSTSTORE_PASSWORD where there is a base
set -eu

# Less of a JVM than a server wants: each of these lives for a fraction of a second, nearly all of it the JVM's own start, and
# keytool knows no batches. So as few of them as will do.
keytool() { command keytool -J-XX:TieredStopAtLevel=1 -J-XX:+UseSerialGC -J-Duser.language=en "$@"; }

case ${1:-} in
  keystore)
    source=$2 target=$3 type=$4 alias=$5 source_alias=$5
    rm -f "$target"
    if [ "${6:-}" = any ]; then
      source_alias=$(keytool -list -keystore "$source" -storetype PKCS12 -storepass:env KEYSTORE_PASSWORD |
        sed -n 's/, .*PrivateKeyEntry.*//p' | head -n 1)
      [ -n "$source_alias" ] || { echo "stores: $source holds no private key that its password opens." >&2; exit 1; }
    fi
    keytool -importkeystore -noprompt \
      -srckeystore "$source" -srcstoretype PKCS12 -srcstorepass:env KEYSTORE_PASSWORD -srcalias "$source_alias" \
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
      # WSO2's images trust their own sample certificate, whose private key everybody can download; by the second name API Manager's
      # gateway takes API keys and keys for trying APIs out, which no regulatory API may take.
      for alias in wso2carbon gateway_certificate_alias; do
        said=$(keytool -delete -alias "$alias" -keystore "$target" -storepass:env TRUSTSTORE_PASSWORD 2>&1) ||
          case $said in *'does not exist'*) ;; *) echo "stores: $said" >&2; exit 1 ;; esac
      done
    fi
    for source in "$@"; do
      if [ -f "$source" ] && [ "${source%.pem}" = "$source" ]; then
        keytool -importkeystore -noprompt \
          -srckeystore "$source" -srcstoretype "$type" -srcstorepass:env TRUSTSTORE_PASSWORD \
          -destkeystore "$target" -deststoretype "$type" -deststorepass:env TRUSTSTORE_PASSWORD
        continue
      fi
      for file in "$source" "$source"/*.pem; do
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
