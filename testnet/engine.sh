# How a node runs in a container: what differs from a process. lib.sh sources it.
#
# A node's container sees its own directory, at the same path as here, and no other. So the process
# in it has the command line that it has without a container: once it runs, the verbs treat it as
# the process that it is on this machine. It ends with that process, and is made anew at each start.
# shellcheck shell=bash

# The user in a container, when root starts it: nobody on this machine. Else it is who starts it.
container_user=10770

in_containers() {
    [ -d "$net/containers" ]
}

# container_field FIELD: engine (podman or docker), name (which the names of this network's
# containers and networks begin with), image.
container_field() {
    cat "$net/containers/$1"
}

# Where both versions of cgroups are mounted. What its user has set for podman stays.
if [ -n "$(cat /sys/fs/cgroup/unified/cgroup.controllers 2>/dev/null)" ]; then
    export CONTAINERS_CONF=${CONTAINERS_CONF:-$root/testnet/containers.conf}
fi

# find_engine: podman or docker, whichever is there and answers; $IMEI_ENGINE when set.
find_engine() {
    local engine
    for engine in ${IMEI_ENGINE:-podman docker}; do
        if command -v "$engine" >/dev/null && "$engine" info >/dev/null 2>&1; then
            echo "$engine"
            return 0
        fi
    done
    die "no container engine: ${IMEI_ENGINE:-neither podman nor docker} answers to 'info'." \
        "testnet/engine installs podman and what it needs on Debian; without --containers none is needed"
}

# What the engine leaves running does not hold the lock of a start (node_start).
engine() {
    "$(container_field engine)" "$@" 9>&-
}

# containers_new NAME: this network's nodes are to run in containers whose names begin so.
containers_new() {
    local found
    found=$(find_engine)
    mkdir -p "$net/containers"
    echo "$found" >"$net/containers/engine"
    echo "$1" >"$net/containers/name"
    echo "${IMEI_IMAGE:-$1}" >"$net/containers/image"
}

# The image, unless it was given: as the programs are now. And the networks: one for each country
# that has an organisation, and the one in which nodes call each other when no proxy is between them.
containers_prepare() {
    local country countries
    [ -n "${IMEI_IMAGE:-}" ] || "$root/testnet/image" "$(container_field image)"
    countries=$(container_countries)
    for country in between $countries; do
        container_network "$country"
    done
}

# The names of the countries' networks.
container_countries() {
    local name country
    while read -r _ name country _; do
        [ ! -d "$net/organisations/$name" ] || echo "${country,,}"
    done <<<"$organisations" | sort -u
}

# container_network NAME: makes it, when it is not there.
container_network() {
    local name
    name=$(container_field name)
    engine network inspect "$name-$1" >/dev/null 2>&1 ||
        engine network create --label "imei.testnet=$name" "$name-$1" >/dev/null
}

# containers_removed FILTER: removes such containers; true when none is left. Docker fails for one that
# is on its way out by itself, so this is asked again.
containers_removed() {
    local ids
    ids=$(engine ps --all --quiet --filter "$1") || return 1
    [ -n "$ids" ] || return 0
    xargs -r "$(container_field engine)" rm --force <<<"$ids" >/dev/null 2>&1 || true
    [ -z "$(engine ps --all --quiet --filter "$1")" ]
}

# Whatever the engine has of this network goes. [--delete: the image too]
containers_end() {
    local filter
    filter=label=imei.testnet=$(container_field name)
    wait_until 60 "containers of $(container_field name) remain" containers_removed "$filter"
    engine network ls --quiet --filter "$filter" | xargs -r "$(container_field engine)" network rm >/dev/null
    if [ "${1:-}" = --delete ] && [ -z "${IMEI_IMAGE:-}" ]; then
        engine rmi "$(container_field image)" >/dev/null 2>&1 || true
    fi
}

# container_start NODE PROGRAM [VARIABLE=VALUE…]: returns when its process runs, or has ended.
container_start() {
    local dir=$net/nodes/$1 program=$2 port variable options=() client
    for port in clients gsup http metrics; do
        port=$(node_field "$1" "$port")
        options+=(--publish "127.0.0.1:${port##*:}:${port##*:}")
    done
    for variable in "${@:3}"; do
        options+=(--env "$variable")
    done
    container_run "$1" "$dir" "$(container_networks "$1")" "${options[@]}" -- \
        "$program" --config "$dir/imeid.yaml"
    client=$!
    until container_pid "$1" >"$dir/pid" && node_pid "$1" >/dev/null; do
        kill -0 "$client" 2>/dev/null || return 0
        sleep 0.05
    done
}

# container_networks NODE: its country's, and the one between countries; or, when the proxy is
# between them, that of the node that it asks for the members.
container_networks() {
    local join
    node_field "$1" country | tr '[:upper:]' '[:lower:]'
    if [ ! -f "$net/wan/table" ]; then
        echo between
        return
    fi
    join=$(sed -n 's|^join: tcp://\(.*\):.*|\1|p' "$net/nodes/$1/imeid.yaml")
    if [ -n "$join" ] && [ -d "$net/nodes/$join" ]; then
        node_field "$join" country | tr '[:upper:]' '[:lower:]'
    fi
}

# container_own DIR: its container can read and write it.
container_own() {
    [ "$(id -u)" -ne 0 ] || chown -R "$container_user:$container_user" "$1"
}

# container_run NAME DIR NETWORKS [OPTION…] -- PROGRAM [ARGUMENT…]: runs it in a container that the
# others in its networks know by that name and that sees DIR alone; what it says goes to DIR/log.
# $! is then the process that waits for it here.
container_run() {
    local host=$1 dir=$2 name networks network user options=()
    name=$(container_field name)
    mapfile -t networks < <(sort -u <<<"$3")
    shift 3
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    user=(--user "$(id -u):$(id -g)")
    if [ "$(id -u)" -eq 0 ]; then
        user=(--user "$container_user:$container_user")
    elif [ "$(container_field engine)" = podman ]; then
        user+=(--userns keep-id)
    fi
    container_own "$dir"
    wait_until 60 "the container $name-$host remains" containers_removed "name=^$name-$host\$"
    # The limits are those of packaging/imeid.service, and below what a machine may allow.
    engine create --rm --name "$name-$host" --hostname "$host" --label "imei.testnet=$name" \
        --network "$name-${networks[0]}" --network-alias "$host" --volume "$dir:$dir" \
        "${user[@]}" --read-only --cap-drop all --security-opt no-new-privileges \
        --security-opt label=disable --ulimit nofile=16384:16384 --ulimit nproc=4096:4096 \
        --ulimit core=0:0 --no-healthcheck "${options[@]}" \
        --entrypoint "/usr/bin/$2" "$(container_field image)" "${@:3}" >/dev/null
    for network in "${networks[@]:1}"; do
        engine network connect --alias "$host" "$name-$network" "$name-$host"
    done
    setsid "$(container_field engine)" start --attach "$name-$host" >>"$dir/log" 2>&1 </dev/null 9>&- &
}

# container_pid NAME: of its first process, as this machine counts; false when it has none.
container_pid() {
    local pid
    pid=$(engine inspect --format '{{.State.Pid}}' "$(container_field name)-$1" 2>/dev/null) || return 1
    [ "$pid" -gt 0 ] && echo "$pid"
}
