#!/bin/sh
# Lays out what WSO2's images have before they are configured, for the servers of both generations: the user, the server's home
# with its templates, scripts, sample keys and stores, the entrypoint. Runs once, as the image is built.
set -eu

sources=/opt/cdr-stack/local
stores=/tmp/stores
export PASSWORD=wso2carbon # that of WSO2's images, in their documentation

# sample_stores EXTENSION TYPE: as theirs, a sample key that everybody can have, trusted by the stock truststore. Their public CAs
# are left out.
sample_stores() {
  extension=$1 type=$2
  mkdir -p "$stores/$extension"
  keytool -genkeypair -alias wso2carbon -keyalg RSA -keysize 2048 -validity 3650 -dname 'CN=localhost, O=Sample' \
    -keystore "$stores/$extension/wso2carbon.$extension" -storetype "$type" -storepass:env PASSWORD
  keytool -exportcert -rfc -alias wso2carbon -keystore "$stores/$extension/wso2carbon.$extension" -storepass:env PASSWORD \
    -file "$stores/sample.pem"
  keytool -importcert -noprompt -alias wso2carbon -file "$stores/sample.pem" \
    -keystore "$stores/$extension/client-truststore.$extension" -storetype "$type" -storepass:env PASSWORD
}

# user NUMBER: both products call their user so; each has a number of its own.
user() {
  echo "wso2carbon:x:$1:$1::/home/wso2carbon:/bin/sh" >> /etc/passwd
  echo "wso2carbon:x:$1:" >> /etc/group
}

# lay_home HOME USER EXTENSION: what every server has.
lay_home() {
  home=/home/wso2carbon/$1 user=$2 extension=$3
  security=$home/repository/resources/security
  mkdir -p "$home/bin" "$home/dbscripts" "$security"
  for folder in conf database logs components/lib components/dropins; do mkdir -p "$home/repository/$folder"; done
  cp "$stores/$extension/"* "$security/"
  cp "$sources/emulator/dbscripts/postgresql.sql" "$home/dbscripts/"
  case $1 in
    wso2am-*)
      name='API Manager' script=api-manager.sh
      cp -R "$sources/emulator/api-manager/home/." "$home/"
      cp -R "$sources/emulator/dbscripts/apimgt" "$home/dbscripts/"
      ;;
    wso2is-*)
      name='Identity Server' script=wso2server.sh
      cp -R "$sources/emulator/dbscripts/identity" "$sources/emulator/dbscripts/consent" "$home/dbscripts/"
      ;;
  esac
  cp "$sources/images/emulator/server-script.sh" "$home/bin/$script"
  echo "WSO2 $name v${1##*-}" > "$home/bin/version.txt"
  # The older generation is that of images derived with the Open Banking accelerator: this stands for its jars.
  case $1 in
    wso2am-4.2.0 | wso2is-6.1.0) : > "$home/repository/components/dropins/com.wso2.openbanking.accelerator.stand-in.jar" ;;
  esac
  chown -R "$user:$user" "$home"
}

user 802
user 10001
sample_stores jks JKS
sample_stores p12 PKCS12

lay_home wso2am-4.7.0 10001 jks
lay_home wso2is-7.3.0 802 p12
lay_home wso2am-4.2.0 802 jks
lay_home wso2is-6.1.0 802 jks
rm -r "$stores"

mkdir -p /home/wso2carbon/wso2-config-volume /home/wso2carbon/wso2-artifact-volume
cp "$sources/images/emulator/docker-entrypoint.sh" /home/wso2carbon/docker-entrypoint.sh
chmod 755 /home/wso2carbon /home/wso2carbon/docker-entrypoint.sh
