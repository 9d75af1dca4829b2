# The interfaces of a node, each asked by its real client. To be sourced after lib.sh.
#
# ask_FACE NODE reads questions, a line each, IMEI (14 digits) and IMSI (or -), and prints what the
# interface says of each, a line each: black, grey, white or unknown; no-black, where an interface
# knows no more than that; or what else came.
# shellcheck shell=bash disable=SC2034,SC2154

faces=(tool gsup)

# The client of an MSC: tests/interop/gsup_client.c.
gsup_client=$(dirname "$imei")/../tests/gsup-client

ask_tool() {
    local device
    while read -r device _; do
        at "$1" check "$(with_check_digit "$device")" --json | jq -r .status || true
    done
}

ask_gsup() {
    local address
    address=$(node_field "$1" gsup)
    sed -E 's/^([0-9]+) -$/\1 999990000000001/; s/^([0-9]+) ([0-9]+)$/check \2 \1/' |
        "$gsup_client" "${address%:*}" "${address##*:}" 2>/dev/null |
        sed -E 's/^[0-9]+ nack$/black/; s/^[0-9]+ ack$/no-black/'
}

# As that interface can say the verdict. GSUP knows yes and no, and unknown is a yes by default.
verdict_by() {
    case $1-$2 in
    gsup-grey | gsup-white | gsup-unknown) echo no-black ;;
    *) echo "$2" ;;
    esac
}
