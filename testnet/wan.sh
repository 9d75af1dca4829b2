# What the scripts of testnet/ do with distance: the proxy between the nodes, and how a node calls
# through it. To be sourced. docs/testnet.md says what it does to the bytes.
#
# Each node calls each other one at an address of its own for the pair: the called one's port, at
# 127.64.0.0 + the caller's port. So a network's addresses are its alone, and take no more ports.
# shellcheck shell=bash
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
wan_dir=$net/wan

wan_is_routed() {
    [ -f "$wan_dir/table" ]
}

wan_require_routed() {
    require_network
    wan_is_routed || die "the nodes call each other directly: testnet/wan PROFILE first"
    wan_pid >/dev/null || die "the proxy has ended: testnet/up starts it again; its log is $wan_dir/log"
    wan_tell_stale >&2
}

# wan_is_stale NAME: it runs, with another configuration than it has now.
wan_is_stale() {
    node_pid "$1" >/dev/null && [ "$net/nodes/$1/imeid.yaml" -nt "$net/nodes/$1/pid" ]
}

# What a verb leaves that was interrupted: nodes that may call others past the proxy.
wan_tell_stale() {
    local name
    for name in $(node_names); do
        ! wan_is_stale "$name" ||
            echo "$name runs with its former configuration: testnet/wan PROFILE starts it again"
    done
}

wan_pid() {
    local pid
    pid=$(cat "$wan_dir/pid" 2>/dev/null) || return 1
    { tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null | grep -qF -- "--table $wan_dir/table" ||
        return 1
    echo "$pid"
}

# wan_ask WORD…: a command to the proxy (testnet/proxy/order.h).
wan_ask() {
    "$bin/imei-wan" ask "$wan_dir/control" "$@"
}

# wan_profile NAME: the file of a profile; or a file of one's own.
wan_profile() {
    local file=$root/testnet/profiles/$1.table
    [ -f "$file" ] || file=$1
    [ -f "$file" ] || die "no profile '$1'; there are: $(cd "$root/testnet/profiles" &&
        printf '%s\n' *.table | sed 's/\.table$//' | tr '\n' ' ')"
    realpath -- "$file"
}

node_answers() {
    node_status "$1" >/dev/null
}

# wan_listen CALLER CALLED: where the proxy listens for the calls of the one to the other. In a
# container, where all addresses are one, at a port for the pair.
wan_listen() {
    local port
    port=$(node_port "$1")
    if in_containers; then
        echo "0.0.0.0:$((10000 + port / 2 % 128 * 128 + $(node_port "$2") / 2 % 128))"
        return
    fi
    echo "127.64.$((port / 256)).$((port % 256)):$(node_port "$2")"
}

# wan_write NAME…: the proxy's table, unless the proxy would refuse it, and in each of these nodes'
# configurations its peers.
wan_write() {
    local caller called listen
    mkdir -p "$wan_dir"
    {
        for caller in "$@"; do
            echo "node $caller $(node_field "$caller" country)"
        done
        for caller in "$@"; do
            for called in "$@"; do
                [ "$caller" != "$called" ] || continue
                listen=$(wan_listen "$caller" "$called")
                echo "link $caller $called $listen $(peer_host "$called"):$(node_port "$called")"
            done
        done
    } >"$wan_dir/table.new"
    # Where the network is only made (testnet/compose-setup) there is no profile, and no proxy.
    [ ! -f "$wan_dir/profile" ] ||
        "$bin/imei-wan" check "$(cat "$wan_dir/profile")" "$wan_dir/table.new" || die "the proxy would not take that"
    for caller in "$@"; do
        wan_configure "$caller" "$(awk -v caller="$caller" '$1 == "link" && $2 == caller {
            sub(/^0\.0\.0\.0/, "wan", $4); printf "%s%s: \"tls+tcp://%s\"", before, $3, $4; before = ", " }
            ' "$wan_dir/table.new")"
    done
    mv "$wan_dir/table.new" "$wan_dir/table"
    ! in_containers || container_own "$wan_dir"
}

# wan_configure NAME PEERS: with timers for the longest round trips.
wan_configure() {
    local file=$net/nodes/$1/imeid.yaml
    sed -e '/^peers:/d' -e 's/^heartbeat_ms:.*/heartbeat_ms: 150/' \
        -e 's/^election_min_ms:.*/election_min_ms: 1500/' \
        -e 's/^election_max_ms:.*/election_max_ms: 3000/' "$file" >"$file.new"
    echo "peers: {$2}" >>"$file.new"
    if cmp -s "$file" "$file.new"; then
        rm "$file.new"
    else
        mv "$file.new" "$file"
    fi
}

# wan_restart: one after the other, those that run with another configuration than they have now, also
# when a verb gave it to them that was interrupted then.
wan_restart() {
    local name
    for name in $(node_names); do
        wan_is_stale "$name" || continue
        node_end "$name" TERM
        node_start "$name"
        wait_until 30 "node $name does not answer; its log is $net/nodes/$name/log" \
            node_answers "$name"
    done
}

# wan_join NAME: it has a configuration, does not run yet, and may not be among the names. The
# others call it through the proxy from now on, after a restart when they did not know of it.
wan_join() {
    local names
    wan_is_routed || return 0
    wan_require_routed
    mapfile -t names < <(node_names; echo "$1")
    mapfile -t names < <(printf '%s\n' "${names[@]}" | awk '!seen[$0]++')
    wan_write "${names[@]}"
    wan_ask reload
    wan_restart
    wait_until 30 "no leader was elected" has_leader
}

# wan_start: the proxy, with the profile of before.
wan_start() {
    ! wan_pid >/dev/null || return 0
    rm -f "$wan_dir/control"
    local words=(--table "$wan_dir/table" --profile "$(cat "$wan_dir/profile")"
        --control "$wan_dir/control" --seed "${IMEI_WAN_SEED:-1}")
    if in_containers; then
        container_run wan "$wan_dir" "$(container_countries)" -- imei-wan "${words[@]}"
    else
        setsid "$bin/imei-wan" "${words[@]}" >>"$wan_dir/log" 2>&1 </dev/null &
    fi
    local pid=$!
    echo $pid >"$wan_dir/pid"
    until [ -S "$wan_dir/control" ] && wan_ask state >/dev/null 2>&1; do
        kill -0 $pid 2>/dev/null || die "the proxy has ended: $(tail -n 1 "$wan_dir/log")"
        sleep 0.02
    done
    if in_containers; then
        container_pid wan >"$wan_dir/pid"
    fi
}

wan_end() {
    local pid
    pid=$(wan_pid) || return 0
    kill -TERM "$pid" 2>/dev/null || true
    wait_ended "$pid" || die "the proxy (pid $pid) does not end"
}

# wan_set PROFILE: that is how far the nodes are from each other from now on. Those that run and did
# not go through the proxy before do so after wan_restart.
wan_set() {
    local given file names
    given=$(wan_profile "$1")
    [ "${#wan_dir}" -lt 90 ] || die "the path $wan_dir is too long for a socket: set IMEI_TESTNET"
    "$bin/imei-wan" check "$given" || die "the profile was not taken"
    # Its own copy: in a container the proxy sees no other directory.
    file=$wan_dir/profiles/${given##*/}
    mkdir -p "$wan_dir/profiles"
    if [ "$given" != "$file" ]; then
        install -m 644 "$given" "$file.new"
        mv "$file.new" "$file"
    fi
    echo "$file" >"$wan_dir/profile"
    if ! wan_is_routed; then
        mapfile -t names < <(node_names)
        wan_write "${names[@]}"
    fi
    if wan_pid >/dev/null; then
        wan_ask profile "$file" || die "the profile was not taken"
    fi
    wan_start
}

# wan_summary: the profile, and which lines are cut now, as two lines for a person.
wan_summary() {
    wan_ask state | jq -r '"profile \(.profile)", (
        [.paths[] | select(.open | not) | "\(.from) > \(.to)"] |
        if length == 0 then "no line is cut" else "cut: " + join(", ") end)'
}
