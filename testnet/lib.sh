# What the scripts of testnet/ share: where things are, which organisations there are, how nodes
# start and stop. To be sourced.
# shellcheck shell=bash
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# The binaries under test: by default those of the release build, which build() makes.
bin=${IMEI_BIN:-$root/build/bin}
imei=$bin/imei
imeid=$bin/imeid
hostile=$bin/imeid-hostile # the node that testnet/lie runs

# The network lives here; tests give each its own. However it is spelled, its processes are known by
# this path in their command lines.
net=$(realpath -m -- "${IMEI_TESTNET:-$root/build/testnet}")

# Node, organisation, country, roles. The first four are the default network.
organisations="\
fr-op  operator-fr  FR operator
ke-reg regulator-ke KE regulator,allocator
br-op  operator-br  BR operator
in-reg regulator-in IN regulator
fr-reg regulator-fr FR regulator
ke-op  operator-ke  KE operator
br-reg regulator-br BR regulator
in-op  operator-in  IN operator
jp-op  operator-jp  JP operator
jp-reg regulator-jp JP regulator
ng-op  operator-ng  NG operator
ng-reg regulator-ng NG regulator
de-op  operator-de  DE operator
de-reg regulator-de DE regulator
mx-op  operator-mx  MX operator
mx-reg regulator-mx MX regulator"
nodes_max=16
[ -z "${IMEI_ORGANISATIONS:-}" ] || organisations=$(cat "$IMEI_ORGANISATIONS") # a table like it

# A node has its peers' port and next to it the clients'; its networks ask at ports that lie beyond
# those of all others.
gsup_offset=41
http_offset=40
metrics_offset=80
s13_offset=81

say() {
    printf '%s\n' "$*" >&2
}

die() {
    say "${0##*/}: $*"
    exit 1
}

# Builds what is run, and installs what that needs; quiet when all is there.
build() {
    [ -z "${IMEI_BIN:-}" ] || return 0
    "$root/tools/deps"
    if [ ! -f "$root/build/build.ninja" ]; then
        (cd "$root" && cmake --preset release >/dev/null)
    fi
    cmake --build "$root/build" --target imei imeid imei-wan imei-layer-program layer >"$root/build/log" 2>&1 ||
        { cat "$root/build/log" >&2; die "the build failed"; }
}

# shellcheck source=testnet/engine.sh
. "$root/testnet/engine.sh"
# shellcheck source=testnet/layer.sh
. "$root/testnet/layer.sh"

require_network() {
    [ -f "$net/genesis" ] || die "there is no network in $net: testnet/up makes one"
}

# network_delete: all that a network consists of, also one that was never finished; what else lies in
# its directory stays.
network_delete() {
    # Is it one at all?
    [ -e "$net/genesis" ] || [ -e "$net/genesis.new" ] || [ -e "$net/nodes/names" ] || return 0
    rm -rf -- "$net"/{nodes,organisations,wan,layer,containers,crowds}
    rm -f -- "$net"/{nodes,organisations,network}.yaml "$net"/genesis{,.new}
    rmdir --ignore-fail-on-non-empty -- "$net"
}

node_names() {
    cat "$net/nodes/names"
}

require_node() {
    node_names | grep -qxF -- "$1" || die "no node '$1'; there are: $(node_names | tr '\n' ' ')"
}

# node_field NAME FIELD: organisation, country, roles, clients (the address of --node), key, data,
# gsup, http, metrics, s13 (host and port).
node_field() {
    cat "$net/nodes/$1/$2"
}

# The pid of a node's process, if it runs: the pid file may be older than the machine's boot, so the
# process must also be an imeid with this node's configuration.
node_pid() {
    local pid argv
    { read -r pid <"$net/nodes/$1/pid" && mapfile -d '' -t argv <"/proc/$pid/cmdline"; } 2>/dev/null || return 1
    # Not setsid or env, which become it: between one program and the next the line is empty.
    [[ ${argv[0]:-} == *imeid* && ${argv[*]} == *"--config $net/nodes/$1/imeid.yaml"* ]] || return 1
    echo "$pid"
}

# process_ended PID: it has given back its lock and its ports. A process that ends loses its command
# line before them.
process_ended() {
    local state threads
    state=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) || return 0
    threads=("/proc/$1/task"/*)
    # The first thread may end before the others, which have the files open until they do.
    case $state in Z* | X* | "") [ ${#threads[@]} -le 1 ] ;; *) return 1 ;; esac
}

# wait_ended PID: false after 15 seconds.
wait_ended() {
    for _ in $(seq 1 300); do
        process_ended "$1" && return 0
        sleep 0.05
    done
    return 1
}

# is_listened_at HOST:PORT
is_listened_at() {
    (: <"/dev/tcp/${1%:*}/${1##*:}") 2>/dev/null
}

# node_start NAME: one start at a time: who comes second waits, and finds that it runs. What stays when
# this has ended is not given descriptor 9, which is the lock.
node_start() (
    dir=$net/nodes/$1
    flock 9
    if node_pid "$1" >/dev/null; then
        return 0
    fi
    # The one before may be about to end; another program that has its number by now is let be.
    if [ -f "$dir/pid" ] && ! grep -q . "/proc/$(cat "$dir/pid")/cmdline" 2>/dev/null; then
        wait_ended "$(cat "$dir/pid")" || true
    fi
    program=$imeid
    environment=()
    if [ -e "$dir/lie" ]; then
        program=$hostile
        environment=("IMEI_LIE=$dir/lie")
    fi
    if has_layer; then
        layer=$(layer_prepare "$1")
        mapfile -t -O ${#environment[@]} environment <<<"$layer"
    fi
    if in_containers; then
        container_start "$1" "${program##*/}" "${environment[@]}"
        return
    fi
    setsid env "${environment[@]}" "$program" --config "$dir/imeid.yaml" >>"$dir/log" 2>&1 </dev/null 9>&- &
    echo $! >"$dir/pid"
    # Until the new process is that program: before, it cannot be told from one that has ended.
    until node_pid "$1" >/dev/null || ! kill -0 $! 2>/dev/null; do
        sleep 0.01
    done
) 9>"$net/nodes/$1/starting"

# node_end NAME SIGNAL: sends it and waits until the process has ended.
node_end() {
    local pid
    pid=$(node_pid "$1") || return 0
    kill "-$2" "$pid" 2>/dev/null || true
    kill -CONT "$pid" 2>/dev/null || true # one that is paused ends too
    wait_ended "$pid" && return 0
    die "node $1 (pid $pid) does not end; its log is $net/nodes/$1/log"
}

# node_status NAME: the node's own status as JSON; fails when it does not answer. What answers at its
# port when it does not run is another network's.
node_status() {
    node_pid "$1" >/dev/null || return 1
    "$imei" status --json --timeout 2 --node "$(node_field "$1" clients)" 2>/dev/null ||
        [ $? -eq 1 ] # it answers, and knows of no leader
}

# wait_until SECONDS WORDS COMMAND…: repeats the command until it succeeds.
wait_until() {
    local seconds=$1 words=$2
    shift 2
    local end=$((SECONDS + seconds))
    until "$@"; do
        [ $SECONDS -lt $end ] || die "after $seconds s: $words"
        sleep 0.05
    done
}

leader() {
    local name
    for name in $(node_names); do
        # Not jq, whose start takes ten times as long as the answer: this is asked time and again.
        if [[ $(node_status "$name") == *'"state": "leader"'* ]]; then
            echo "$name"
            return 0
        fi
    done
    return 1
}

has_leader() {
    leader >/dev/null
}

# the_leader: waits for one.
the_leader() {
    wait_until 30 "no node leads" leader
}

# running_node [NAME]: a node that answers, which is not that one.
running_node() {
    local name
    for name in $(node_names); do
        if [ "$name" != "${1:-}" ] && node_status "$name" >/dev/null; then
            echo "$name"
            return 0
        fi
    done
    die "no${1:+ other} node answers: testnet/up starts them"
}

node_is_down() {
    ! node_pid "$1" >/dev/null
}

# node_forget NAME: its directory too.
node_forget() {
    { node_names | grep -vxF -- "$1" || true; } >"$net/nodes/names.new"
    mv "$net/nodes/names.new" "$net/nodes/names"
    rm -rf -- "$net/nodes/${1:?}"
}

# organisation_row NAME: its country and roles, when it is in this network.
organisation_row() {
    [ -d "$net/organisations/$1" ] &&
        awk -v name="$1" '$2 == name { print $3, $4; found = 1 } END { exit !found }' <<<"$organisations"
}

# at_regulator ADDRESS COMMAND…: the tool, asking the node there, signing with a regulator's key.
at_regulator() {
    local address=$1 name roles
    shift
    while read -r _ name _ roles; do
        if [[ ,$roles, == *,regulator,* ]] && [ -d "$net/organisations/$name" ]; then
            "$imei" "$@" --timeout 60 --node "$address" --key "$net/organisations/$name/key.pem"
            return
        fi
    done <<<"$organisations"
    die "this network has no regulator"
}

# while_it_runs NAME COMMAND…: the command, which waits for that node to do something; it is ended
# when the node ends.
while_it_runs() (
    name=$1
    shift
    set -m # a group of its own, to be ended as one
    "$@" &
    trap 'kill -- "-$!" 2>/dev/null || true' EXIT
    while kill -0 $! 2>/dev/null; do
        ! node_is_down "$name" || die "node $name has ended; its log is $net/nodes/$name/log" \
            "(testnet/remove $name takes it out of the ledger)"
        sleep 0.1
    done
    trap - EXIT
    wait $!
)

# is_voter ADDRESS NAME: says the node there.
is_voter() {
    "$imei" node list --node "$1" --json 2>/dev/null |
        jq -e --arg name "$2" 'any(.nodes[]; .name == $name and .member == "voter" and .wanted == "voter")' >/dev/null
}

# node_port NAME: where peers call it; the next port is for clients.
node_port() {
    local clients
    clients=$(node_field "$1" clients)
    echo $((${clients##*:} - 1))
}

# peer_host NAME: where the other nodes find it; listen_host: where it listens.
peer_host() {
    if in_containers; then echo "$1"; else echo 127.0.0.1; fi
}

listen_host() {
    if in_containers; then echo 0.0.0.0; else echo 127.0.0.1; fi
}

# join_address NAME: where a new node asks it who the members are.
join_address() {
    echo "tcp://$(peer_host "$1"):$(($(node_port "$1") + 1))"
}

# ports_free PORT: nothing listens on any port of a node whose peers call it there.
ports_free() {
    local offset
    for offset in 0 1 $gsup_offset $http_offset $metrics_offset $s13_offset; do
        if is_listened_at "127.0.0.1:$(($1 + offset))"; then
            return 1
        fi
    done
}

# The peers' port for one more node: above the others'.
next_port() {
    local name port
    port=$(for name in $(node_names); do node_port "$name"; done | sort -n | tail -n 1)
    port=$((port + 2))
    until ports_free "$port"; do
        port=$((port + 2))
    done
    echo "$port"
}

# All nodes that run answer, and stand at one head.
heads_equal() {
    local name running=()
    for name in $(node_names); do
        ! node_pid "$name" >/dev/null || running+=("$name")
    done
    heads_equal_of "${running[@]}"
}

# heads_equal_of NAME…: all of these answer, and stand at one head.
heads_equal_of() {
    local name statuses=
    for name in "$@"; do
        statuses+=$(node_status "$name") || return 1
    done
    jq -es 'map([.height, .head]) | unique | length <= 1' <<<"$statuses" >/dev/null
}
