# How keys, certificates and configurations of a test network are made. To be sourced.
# shellcheck shell=bash
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
umask 077

# quiet COMMAND…: says what it printed only when it fails.
quiet() {
    local out
    out=$("$@" 2>&1) || { printf '%s\n' "$out" >&2; die "failed: $*"; }
}

# certificate_authority DIR NAME
certificate_authority() {
    quiet openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
        -keyout "$1/ca.key" -out "$1/ca.pem" -subj "/O=$2/CN=$2 CA"
}

# node_certificate DIR NODE ORGANISATION-DIR
node_certificate() {
    quiet openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -keyout "$1/tls.key" -out "$1/tls.csr" -subj "/CN=$2"
    quiet openssl x509 -req -in "$1/tls.csr" -days 3650 -CA "$3/ca.pem" -CAkey "$3/ca.key" \
        -CAcreateserial -out "$1/tls.pem" -extfile <(printf 'subjectAltName=DNS:%s\n' "$2")
    rm "$1/tls.csr"
}

# node_make_s13 DIR ADDRESS
node_make_s13() {
    echo "$2" >"$1/s13"
    cat >>"$1/imeid.yaml" <<EOF
s13:
  host: eir.test.example
  realm: test.example
  listen: $2
  tls: no
  peers: {mme.test.example: 127.0.0.1}
EOF
}

# require_new_name NAME: a node may get it: it is a name as the product has them (proto/statement.h), no
# node of this network has it, and it is neither a file beside the nodes' directories nor the proxy's.
require_new_name() {
    local LC_ALL=C
    [[ $1 =~ ^[a-z][a-z0-9.-]{0,31}$ ]] || die "'$1' cannot be a node's name:" \
        "a-z, 0-9, '.' and '-', first a letter, 32 at most"
    case $1 in names | names.new | wan) die "'$1' cannot be a node's name: it has another meaning" ;; esac
    ! node_names | grep -qxF -- "$1" || die "there is a node '$1' already"
}

# node_make NAME ORGANISATION COUNTRY ROLES PEER-PORT [JOIN]: a directory with all that a node starts
# from. JOIN: the clients' address of a node, for one that is not in the genesis file. With
# IMEI_START_FROM set that is its `start_from`, with IMEI_CHECKPOINT_BLOCKS its `checkpoint_blocks`.
node_make() {
    local dir=$net/nodes/$1 listen
    mkdir -p "$dir"
    [ ! -f "$net/genesis" ] || cp "$net/genesis" "$dir/genesis"
    quiet "$imei" key new "$dir/node.pem"
    node_certificate "$dir" "$1" "$net/organisations/$2"
    echo "$2" >"$dir/organisation"
    echo "$3" >"$dir/country"
    echo "$4" >"$dir/roles"
    echo "tcp://127.0.0.1:$(($5 + 1))" >"$dir/clients"
    echo "127.0.0.1:$(($5 + gsup_offset))" >"$dir/gsup"
    echo "127.0.0.1:$(($5 + metrics_offset))" >"$dir/metrics"
    echo "127.0.0.1:$(($5 + http_offset))" >"$dir/http"
    echo "$net/organisations/$2/key.pem" >"$dir/key"
    echo "$dir/data" >"$dir/data-path"
    listen=$(listen_host)
    cat >"$dir/imeid.yaml" <<EOF
# $1: a node of a test network; 'imeid --print-config' says what each key means.
node: $1
data: data
genesis: genesis
key: node.pem
certificate: tls.pem
certificate_key: tls.key
listen: tls+tcp://$listen:$5
clients: tcp://$listen:$(($5 + 1))
heartbeat_ms: 50
election_min_ms: 300
election_max_ms: 600
gsup:
  listen: $listen:$(($5 + gsup_offset))
http:
  listen: $listen:$(($5 + http_offset))
metrics:
  listen: $listen:$(($5 + metrics_offset))
EOF
    # A Diameter peer is known by its address, and a container sees no 127.0.0.1 but its own.
    in_containers || node_make_s13 "$dir" "127.0.0.1:$(($5 + s13_offset))"
    [ -z "${6:-}" ] || echo "join: $6" >>"$dir/imeid.yaml"
    [ -z "${IMEI_CHECKPOINT_BLOCKS:-}" ] || echo "checkpoint_blocks: $IMEI_CHECKPOINT_BLOCKS" >>"$dir/imeid.yaml"
    [ -z "${IMEI_START_FROM:-}" ] || echo "start_from: $IMEI_START_FROM" >>"$dir/imeid.yaml"
}
