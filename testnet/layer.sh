# The fault layer under a node: a library that is loaded before libc (testnet/layer/), its control
# file and its journal, all in nodes/NAME/layer, so that a container that sees the node's directory
# sees them. lib.sh sources it.
# shellcheck shell=bash

layer_tool=$bin/imei-layer
layer_library=$bin/libimei-layer.so

# Nodes of this network start with the layer from now on.
layer_new() {
    touch "$net/layer"
}

has_layer() {
    [ -f "$net/layer" ]
}

# layer_prepare NAME: what the node is to be started with, one VARIABLE=VALUE a line.
layer_prepare() {
    local dir=$net/nodes/$1/layer
    [ -f "$layer_library" ] || die "there is no $layer_library: build the target 'layer'"
    "$layer_tool" make "$dir"
    # A copy, and another file: a process may still have the one before mapped.
    cp "$layer_library" "$dir/library.new"
    mv "$dir/library.new" "$dir/libimei-layer.so"
    printf '%s\n' "LD_PRELOAD=$dir/libimei-layer.so" "IMEI_LAYER=$dir"
}

require_layer() {
    has_layer || die "the nodes of this network run without the fault layer: testnet/down, then testnet/up --layer"
}

# layer_set NAME FIELD NUMBER: a field of testnet/layer/control.h; also of a node that is down.
layer_set() {
    require_network
    require_node "$1"
    require_layer
    [ -f "$net/nodes/$1/layer/control" ] || "$layer_tool" make "$net/nodes/$1/layer"
    "$layer_tool" set "$net/nodes/$1/layer" "$2" "$3"
}

# layer_switch NAME FIELD on|off
layer_switch() {
    case $3 in
    on) layer_set "$1" "$2" 1 ;;
    off) layer_set "$1" "$2" 0 ;;
    *) return 2 ;;
    esac
}

# layer_forget NAME: its data is gone, or another's: nothing of it is unsynced.
layer_forget() {
    [ ! -f "$net/nodes/$1/layer/index" ] || "$layer_tool" forget "$net/nodes/$1/layer"
}

# A number for --seed, when none was given.
any_seed() {
    echo $((RANDOM * 32768 + RANDOM))
}
