#!/usr/bin/env bash
# Signs a block statement with nothing but OpenSSL and a shell.
# Usage: sign_statement.sh KEY.pem NETWORK COUNTRY NUMBER IMEI >TRANSACTION
# NETWORK is the network's id in hexadecimal; docs/internals/formats.md describes what is written.
# All is hexadecimal text until it is hashed or written. The s of the signature is as OpenSSL made
# it: admission brings it into its low form.
set -euo pipefail
key=$1 network=$2 country=$3 number=$4 imei=$5

# to_bytes HEX: the bytes themselves.
# shellcheck disable=SC2001 # bash before 5.2 has no & in its own replacement
to_bytes() {
    printf '%b' "$(sed 's/../\\x&/g' <<<"$1")"
}

# cbor_head MAJOR VALUE: the head of a CBOR item in its shortest form.
cbor_head() {
    if (($2 < 24)); then
        printf '%02x' $(($1 << 5 | $2))
    elif (($2 < 1 << 8)); then
        printf '%02x%02x' $(($1 << 5 | 24)) "$2"
    elif (($2 < 1 << 16)); then
        printf '%02x%04x' $(($1 << 5 | 25)) "$2"
    elif (($2 < 1 << 32)); then
        printf '%02x%08x' $(($1 << 5 | 26)) "$2"
    else
        printf '%02x%016x' $(($1 << 5 | 27)) "$2"
    fi
}

uint() { cbor_head 0 "$1"; }
bytes() { cbor_head 2 $((${#1} / 2)) && printf '%s' "$1"; }
text() { cbor_head 3 ${#1} && printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n'; }

point=$(openssl ec -in "$key" -pubout -conv_form compressed -outform DER 2>/dev/null |
    tail -c 33 | od -An -v -tx1 | tr -d ' \n')
kid=$(to_bytes "$point" | openssl dgst -sha256 -r | cut -c1-32)
now=$(date +%s)000

payload=aa                                            # a map of ten
payload+=00$(uint 1)                                  # version
payload+=01$(bytes "$network")
payload+=02$(uint 0)                                  # lane
payload+=03$(uint "$number")
payload+=04$(uint "$now")                             # issued at
payload+=05$(uint $((now + 86400000)))                # valid until
payload+=06$(uint 1)                                  # operation: block
payload+=07$(text "$country")
payload+=08$(uint 11)                                 # reason: stolen
payload+=09$(cbor_head 4 1)$(uint $((10#${imei:0:14}))) # items: one device

protected=$(bytes "a201382e04$(bytes "$kid")")        # {1: -47, 4: kid}
to_sign=84$(text Signature1)$protected$(bytes "")$(bytes "$payload")
signature=$(to_bytes "$to_sign" | openssl dgst -sha256 -sign "$key" |
    openssl asn1parse -inform DER | sed -n 's/.*INTEGER *://p' |
    while read -r integer; do printf '%64s' "$integer" | tr ' ' 0; done)

to_bytes "d284${protected}a0$(bytes "$payload")$(bytes "$signature")"
