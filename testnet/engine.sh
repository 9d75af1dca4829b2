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
        "testnet/engine installs podman on Debian; without --containers none is needed"
}

engine() {
    "$(container_field engine)" "$@"
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

# The image, unless it was given: as the programs are now. And the networks.
containers_prepare() {
    local country countries
    [ -n "${IMEI_IMAGE:-}" ] || "$root/testnet/image" "$(container_field image)"
    container_network between
    mapfile -t countries < <(cat "$net"/nodes/*/country | sort -u)
    for country in "${countries[@]}"; do
        container_network "${country,,}"
    done
}

# container_network NAME: makes it, when it is not there.
container_network() {
    local name
    name=$(container_field name)
    engine network inspect "$name-$1" >/dev/null 2>&1 ||
        engine network create --label "imei.testnet=$name" "$name-$1" >/dev/null
}

# Whatever the engine has of this network goes. [--delete: the image too]
containers_end() {
    local filter
    filter=label=imei.testnet=$(container_field name)
    engine ps --all --quiet --filter "$filter" | xargs -r "$(container_field engine)" rm --force >/dev/null
    engine network ls --quiet --filter "$filter" | xargs -r "$(container_field engine)" network rm >/dev/null
    if [ "${1:-}" = --delete ] && [ -z "${IMEI_IMAGE:-}" ]; then
        engine rmi "$(container_field image)" >/dev/null 2>&1 || true
    fi
}

# container_start NAME PROGRAM [VARIABLE=VALUE…]: returns when its process runs, or has ended.
container_start() {
    local dir=$net/nodes/$1 program=$2 name client country port ports=() user variable environment=()
    name=$(container_field name)-$1
    country=$(node_field "$1" country)
    for port in clients gsup http metrics; do
        port=$(node_field "$1" "$port")
        ports+=(--publish "127.0.0.1:${port##*:}:${port##*:}")
    done
    for variable in "${@:3}"; do
        environment+=(--env "$variable")
    done
    user=(--user "$(id -u):$(id -g)")
    if [ "$(id -u)" -eq 0 ]; then
        user=(--user "$container_user:$container_user")
        chown -R "$container_user:$container_user" "$dir"
    elif [ "$(container_field engine)" = podman ]; then
        user+=(--userns keep-id)
    fi
    engine rm --force "$name" >/dev/null 2>&1 || true
    container_network "${country,,}"
    # The limits are those of packaging/imeid.service, and below what a machine may allow.
    engine create --rm --name "$name" --hostname "$1" --label "imei.testnet=$(container_field name)" \
        --network "$(container_field name)-${country,,}" --network-alias "$1" "${ports[@]}" \
        "${user[@]}" --read-only --cap-drop all --security-opt no-new-privileges \
        --security-opt label=disable --ulimit nofile=16384:16384 --ulimit nproc=4096:4096 \
        --ulimit core=0:0 --no-healthcheck --volume "$dir:$dir" \
        --entrypoint "/usr/bin/$program" "${environment[@]}" \
        "$(container_field image)" --config "$dir/imeid.yaml" >/dev/null
    engine network connect --alias "$1" "$(container_field name)-between" "$name"
    setsid "$(container_field engine)" start --attach "$name" >>"$dir/log" 2>&1 </dev/null &
    client=$!
    until container_pid "$name" >"$dir/pid" && node_pid "$1" >/dev/null; do
        kill -0 "$client" 2>/dev/null || return 0
        sleep 0.05
    done
}

# container_pid CONTAINER: of its first process, as this machine counts; false when it has none.
container_pid() {
    local pid
    pid=$(engine inspect --format '{{.State.Pid}}' "$1" 2>/dev/null) || return 1
    [ "$pid" -gt 0 ] && echo "$pid"
}
