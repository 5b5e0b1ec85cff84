#!/bin/sh
# Makes a CA for trying mutual TLS out, and certificates from it. Not for production: its keys lie beside it, unprotected.
#   deploy/tls/test-ca.sh FOLDER EUI64 …      for example: deploy/tls/test-ca.sh tls 90-B3-D5-1F-30-01-00-00
# FOLDER gets ca.pem, ca.crl, gateway.pem and dsp.pem for localhost, and EUI64.pem for each User, with their keys as NAME.key.
set -eu
[ $# -ge 2 ] || { sed -n 3,4p "$0" >&2; exit 2; }
folder=$1
shift
umask 077
mkdir -p "$folder"
cd "$folder"
[ ! -e ca.key ] || { echo "$folder has a CA already" >&2; exit 2; }

cat > openssl.cnf <<'EOF'
[req]
distinguished_name = name
prompt = no
[name]
[ca]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = DNS:localhost, IP:127.0.0.1, IP:::1
[authority]
default_ca = own
[own]
database = index.txt
crlnumber = crlnumber
default_md = sha256
default_crl_days = 30
EOF
: > index.txt
echo 01 > crlnumber

openssl req -x509 -config openssl.cnf -extensions ca -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 -days 365 \
  -subj "/CN=Test CA" -keyout ca.key -out ca.pem 2> /dev/null
openssl ca -config openssl.cnf -name own -gencrl -keyfile ca.key -cert ca.pem -out ca.crl 2> /dev/null

# issue NAME SUBJECT
issue() {
  openssl req -new -config openssl.cnf -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "$2" \
    -keyout "$1.key" -out "$1.csr" 2> /dev/null
  openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -sha256 -days 90 \
    -extfile openssl.cnf -extensions leaf -out "$1.pem" 2> /dev/null
  rm "$1.csr"
}

issue gateway "/CN=gateway"
issue dsp "/CN=dsp.example"
# 2.5.4.45 is the X.500 attribute uniqueIdentifier. openssl calls it x500UniqueIdentifier; its "uniqueIdentifier" is another one.
for eui; do issue "$eui" "/CN=User $eui/x500UniqueIdentifier=$eui"; done
echo "$folder: ca.pem, ca.crl, gateway.pem, dsp.pem$(printf ', %s.pem' "$@")"
