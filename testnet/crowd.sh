# Crowds of hostile clients (tests/hostile/clients.py), at most one at a node: what they need, and how
# they end. To be sourced.
# shellcheck shell=bash
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
crowds=$net/crowds

# crowd_pid NAME: while the crowd at that node lives.
crowd_pid() {
    local pid argv
    { read -r pid <"$crowds/$1/pid" && mapfile -d '' -t argv <"/proc/$pid/cmdline"; } 2>/dev/null || return 1
    # Not setsid or env, which become it.
    [[ ${argv[0]:-} == *python* && ${argv[*]} == *"clients.py "*" $crowds/statement "* ]] || return 1
    echo "$pid"
}

# crowds_prepare: a signed statement, of which forgeries are made, and one as large as can be in the
# ledger, which the deaf ask for.
crowds_prepare() {
    local name node key devices
    [ ! -s "$crowds/large" ] || return 0
    mkdir -p "$crowds"
    name=$(running_node "")
    node=$(node_field "$name" clients)
    key=$(node_field "$name" key)
    "$imei" block 35100003000000 --out "$crowds/statement" --genesis "$net/genesis" --key "$key" >/dev/null
    devices=$crowds/devices
    seq 35200000000000 1000003 35280000000000 | head -n 80000 >"$devices"
    "$imei" import "$devices" --batch 80000 --timeout 60 --node "$node" --key "$key" >"$crowds/import" 2>&1 ||
        die "the large statement is not taken: $(tail -n 1 "$crowds/import")"
    "$imei" history 35200000000000 --json --timeout 60 --node "$node" |
        jq -er '.events[0].transaction' >"$crowds/large.new"
    mv "$crowds/large.new" "$crowds/large"
}

# crowd_end NAME: and says what it was told.
crowd_end() {
    local pid words
    if pid=$(crowd_pid "$1"); then
        kill -TERM "$pid" 2>/dev/null || true
        wait_ended "$pid" || die "the crowd at $1 (pid $pid) does not end"
    fi
    rm -- "$crowds/$1/pid"
    words=$(tail -n 1 "$crowds/$1/told")
    say "the crowd at $1 was told: ${words:-nothing}$(sed 's/^/; it ended: /' "$crowds/$1/log")"
}

crowds_end() {
    local file
    for file in "$crowds"/*/pid; do
        [ ! -e "$file" ] || crowd_end "$(basename "$(dirname "$file")")"
    done
}
