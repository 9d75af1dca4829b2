# What the end-to-end tests share: a network of real processes of their own, and words for what is
# expected. To be sourced, after which the network is up:
#   nodes=4 . "$(dirname "$0")/lib.sh"     With containers=yes each node is in one.
# With wan=PROFILE its nodes are as far from each other as that says.
# shellcheck shell=bash
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/imei-e2e.XXXXXX")
export IMEI_TESTNET=$work/net
export XDG_STATE_HOME=$work/state
. "$here/../../testnet/lib.sh"

# What goes wrong leaves the nodes' logs behind.
finish() {
    local status=$?
    if [ $status -ne 0 ] && [ -f "$net/nodes/names" ]; then
        for name in $(node_names); do
            echo "--- log of $name" >&2
            tail -n 12 "$net/nodes/$name/log" >&2 || true
        done
    fi
    "$root/testnet/down" --delete || true
    rm -rf -- "${work:?}"
    exit $status
}
trap finish EXIT

# What fails without words of its own is named, with its lines from the innermost out.
set -o errtrace
trap 'say "${0##*/}: exit status $? of: $BASH_COMMAND; lines $LINENO ${BASH_LINENO[*]}"' ERR

# at NAME COMMAND…: the tool, asking that node.
at() {
    local name=$1
    shift
    "$imei" "$@" --node "$(node_field "$name" clients)"
}

# as NAME COMMAND…: the tool, asking that node and signing with its organisation's key.
as() {
    local name=$1
    shift
    at "$name" "$@" --key "$(node_field "$name" key)"
}

# node_says NAME FILTER: that part of its status, whether or not it knows of a leader.
node_says() {
    { at "$1" status --json || [ $? -eq 1 ]; } | jq -r "$2"
}

# sign NAME FILE COMMAND…: writes the signed statement to a file instead of sending it.
sign() {
    local name=$1 file=$2
    shift 2
    "$imei" "$@" --out "$file" --genesis "$net/genesis" --key "$(node_field "$name" key)" >/dev/null
}

expect_equal() {
    [ "$2" = "$3" ] || die "$1: expected '$3', got '$2'"
}

# expect_fails STATUS WORDS COMMAND…: the command ends with that status and says these words.
expect_fails() {
    local status=$1 words=$2 out got=0
    shift 2
    out=$("$@" 2>&1) || got=$?
    [ "$got" -eq "$status" ] || die "expected exit status $status, got $got: $*: $out"
    grep -qi -- "$words" <<<"$out" || die "expected the words '$words': $*: $out"
}

# keys_as_said FILE COMMAND…: the JSON in the file has the keys that the command's help names.
keys_as_said() {
    local file=$1 said
    shift
    said=$("$imei" help "$@" | sed '1,/^keys of --json/d' | tr -d '\n' |
        sed ':a; s/ *[[{][^][{}]*[]}]//g; ta; s/ //g')
    jq -e --arg said "$said" '($said / ",") as $all |
        (keys - ($all | map(rtrimstr("?")))) + (($all | map(select(endswith("?") | not))) - keys) == []
        ' "$file" >/dev/null || die "the help of $* says '$said', and the answer is: $(cat "$file")"
}

# with_check_digit FOURTEEN-DIGITS
with_check_digit() {
    local sum=0 digit i
    for ((i = 0; i < 14; i++)); do
        digit=${1:i:1}
        if ((i % 2 == 1)); then
            digit=$((digit * 2 > 9 ? digit * 2 - 9 : digit * 2))
        fi
        sum=$((sum + digit))
    done
    echo "$1$(((10 - sum % 10) % 10))"
}

# status_of NODE IMEI: white, grey, black, unknown or invalid.
status_of() {
    at "$1" check "$2" --json | jq -r .status || true
}

is_status() {
    [ "$(status_of "$1" "$2")" = "$3" ]
}

# submit NODE PREFIX: blocks one phone after another at this node until submit_end, and writes down
# those that were answered `committed`. A node that is away answers nothing, which is no promise.
submit() {
    local serial=0 phone
    while [ ! -e "$work/enough" ]; do
        phone=$(with_check_digit "$(printf '%s%06d' "$2" $serial)")
        if as "$1" block "$phone" --timeout 5 --json 2>/dev/null |
            jq -e '.state == "committed"' >/dev/null; then
            echo "$phone" >>"$work/committed.$1"
        fi
        serial=$((serial + 1))
    done
}

# has_logged NAME LINES PATTERN: in these lines of its log, in the words of tail -n. What is found ends
# the search, and would end `tail` with an error if it were its pipe.
has_logged() {
    grep -qE -- "$3" < <(tail -n "$2" "$net/nodes/$1/log")
}

# be_patient NAME…: these begin again, and wait longer for a leader than a machine stalls; so who
# leads then goes on. An election among them takes up to 12 seconds.
be_patient() {
    local name
    for name in "$@"; do
        "$root/testnet/stop" "$name"
        sed -i -e 's/^heartbeat_ms:.*/heartbeat_ms: 100/' -e 's/^election_min_ms:.*/election_min_ms: 6000/' \
            -e 's/^election_max_ms:.*/election_max_ms: 12000/' "$net/nodes/$name/imeid.yaml"
    done
    for name in "$@"; do
        "$root/testnet/start" "$name"
    done
    wait_until 60 "no leader was elected" has_leader
}

# A client at every node.
submit_begin() {
    local name prefix=35100001
    clients=()
    for name in $(node_names); do
        touch "$work/committed.$name"
        submit "$name" $prefix &
        clients+=($!)
        prefix=$((prefix + 1))
    done
}

# commits_at_least COUNT: so many statements were answered `committed` so far.
commits_at_least() {
    [ "$(cat "$work"/committed.* | wc -l)" -ge "$1" ]
}

# submit_end MINIMUM: as soon as so many statements at least were answered `committed`. Their number
# goes to $count, and each is in all ledgers.
submit_end() {
    local name black
    wait_until 60 "fewer than $1 statements are committed" commits_at_least "$1"
    touch "$work/enough"
    wait "${clients[@]}"
    wait_until 60 "the heads differ" heads_equal
    cat "$work"/committed.* >"$work/committed"
    count=$(wc -l <"$work/committed")
    for name in $(node_names); do
        black=$(at "$name" check --file "$work/committed" --json | jq '[.[] | select(.status == "black")] | length') || true
        expect_equal "of what was committed, $name has" "$black" "$count"
    done
}

# Stops all nodes and audits each one's data.
audit_all() {
    "$root/testnet/down"
    for name in $(node_names); do
        "$imei" audit "$(node_field "$name" data-path)" >"$work/audit" ||
            die "the audit of $name failed: $(cat "$work/audit")"
    done
}

"$root/testnet/up" --nodes "${nodes:-4}" ${wan:+--wan "$wan"} ${containers:+--containers} \
    ${layer:+--layer} >"$work/up" 2>&1 || { cat "$work/up" >&2; exit 1; }
