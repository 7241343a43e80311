#!/bin/sh
# Lays out what WSO2's images have before they are configured: the user, the server's home with its templates, sample keys and
# stores, the entrypoint. Runs once, as the image is built.
set -eu

sources=/opt/cdr-stack/local
export PASSWORD=wso2carbon # that of WSO2's images, in their documentation

# lay_home SERVER USER EXTENSION TYPE
lay_home() {
  home=/home/wso2carbon/$1 user=$2 extension=$3 type=$4
  security=$home/repository/resources/security
  mkdir -p "$home/repository/conf" "$home/repository/database" "$home/repository/logs" "$security"

  # Both products call their user so; each has a number of its own.
  echo "wso2carbon:x:$user:$user::/home/wso2carbon:/bin/sh" >> /etc/passwd
  echo "wso2carbon:x:$user:" >> /etc/group

  # As theirs: a sample key that everybody can have, trusted by the stock truststore. Their public CAs are left out.
  keytool -genkeypair -alias wso2carbon -keyalg RSA -keysize 2048 -validity 3650 -dname 'CN=localhost, O=Sample' \
    -keystore "$security/wso2carbon.$extension" -storetype "$type" -storepass:env PASSWORD
  keytool -exportcert -rfc -alias wso2carbon -keystore "$security/wso2carbon.$extension" -storepass:env PASSWORD \
    -file /tmp/sample.pem
  keytool -importcert -noprompt -alias wso2carbon -file /tmp/sample.pem \
    -keystore "$security/client-truststore.$extension" -storetype "$type" -storepass:env PASSWORD
  rm /tmp/sample.pem
}

lay_home wso2am-4.7.0 10001 jks JKS
cp -R "$sources/emulator/api-manager/home/." /home/wso2carbon/wso2am-4.7.0/
chown -R 10001:10001 /home/wso2carbon/wso2am-4.7.0

lay_home wso2is-7.3.0 802 p12 PKCS12
chown -R 802:802 /home/wso2carbon/wso2is-7.3.0

mkdir -p /home/wso2carbon/wso2-config-volume /home/wso2carbon/wso2-artifact-volume
cp "$sources/images/emulator/docker-entrypoint.sh" /home/wso2carbon/docker-entrypoint.sh
chmod 755 /home/wso2carbon /home/wso2carbon/docker-entrypoint.sh
