#!/bin/sh
# Once, before "docker compose up": makes secrets/ beside compose.yaml, with the store's certificate and everybody's keys,
# and .env, which compose.yaml reads. What is there stays.
#
# ZONECAST is the command to run: the container's, when it is not set.
set -eu
cd "${1:-$(dirname "$0")}"
umask 077
mkdir -p secrets
cd secrets
zonecast=${ZONECAST:-docker run --rm --user $(id -u):$(id -g) -v $PWD:/secrets -w /secrets zonecast}

if [ ! -e store.pem ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=Zonecast store" -keyout ca.key -out ca.pem
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=store" -keyout store.key -out store.csr
  printf 'subjectAltName=DNS:store,DNS:localhost\nextendedKeyUsage=serverAuth\n' >store.ext
  openssl x509 -req -in store.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 365 -extfile store.ext -out store.pem
fi

$zonecast store users --to users --operator ops --publisher ci --pop lhr1 --pop fra1 --pop nyc1

# Each container is given its own file only, and reads it as a user of its own; in here nobody else looks (umask).
chmod 0644 ca.pem users/users.conf users/*.nk

if [ ! -e ../.env ]; then
  printf 'ZONECAST_USER=%s:%s\nZONECAST_TRUST=\n' "$(id -u)" "$(id -g)" >../.env
fi
