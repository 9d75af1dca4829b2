# The interfaces of a node, each asked by its real client. To be sourced after lib.sh.
#
# ask_FACE NODE reads questions, a line each, IMEI (14 digits) and IMSI (or -), and prints what the
# interface says of each, a line each: black, grey, white or unknown; no-black and unlisted, where an
# interface knows no more than that; or what else came. One process at a time asks by one interface.
# shellcheck shell=bash disable=SC2034,SC2154

faces=(tool api n5g s13 gsup lists)

# verdict_by FACE VERDICT RULE: as that interface can say it. GSUP knows yes and no, and unknown is a
# yes by default; lists have what is claimed, and who may use a device all the same is on another
# one. The tool and the HTTP API say the rule too.
verdict_by() {
    case $1-$2-$3 in
    tool-* | api-*) echo "$2 $3" ;;
    lists-white-pair) echo black ;;
    gsup-grey-* | gsup-white-* | gsup-unknown-*) echo no-black ;;
    lists-black-device | lists-black-range | lists-grey-device | lists-grey-range) echo "$2" ;;
    lists-*) echo unlisted ;;
    *) echo "$2" ;;
    esac
}

# ---- the tool ----
ask_tool() {
    local device subscriber
    while read -r device subscriber; do
        local by=()
        [ "$subscriber" = - ] || by=(--imsi "$subscriber")
        at "$1" check "$(with_check_digit "$device")" --explain "${by[@]}" --json |
            jq -r '"\(.status) \(.rule)"' || true
    done
}

# ---- the HTTP API: curl, HTTP/1.1 ----
ask_api() {
    local url device subscriber
    url=http://$(node_field "$1" http)/v1/devices
    while read -r device subscriber; do
        [ "$subscriber" = - ] && subscriber='' || subscriber="&imsi=$subscriber"
        curl -sS --max-time 20 "$url/$device?explain=true$subscriber" |
            jq -r '.cause // "\(.status) \(.rule)"'
    done
}

# ---- N5g-eir: curl ----
ask_n5g() {
    local url device subscriber
    url=http://$(node_field "$1" http)/n5g-eir-eic/v1/equipment-status
    # One after the other: by HTTP/2 that it was not told of, Debian 12's curl asks once.
    while read -r device subscriber; do
        [ "$subscriber" = - ] && subscriber='' || subscriber="&supi=imsi-$subscriber"
        curl -sS --max-time 20 --http2-prior-knowledge -w '\n' "$url?pei=imei-${device}0$subscriber"
    done | jq -r '.cause // .status' |
        sed 's/^BLACKLISTED$/black/; s/^GREYLISTED$/grey/; s/^WHITELISTED$/white/
            s/^ERROR_EQUIPMENT_UNKNOWN$/unknown/'
}

# ---- the lists of an EIR that takes files: a device's own row, else that of a range ----
ask_lists() {
    rm -rf -- "$work/lists"
    "$imei" list export --full --config "$net/nodes/$1/imeid.yaml" --key "$(node_field "$1" key)" \
        --out "$work/lists" >/dev/null
    awk -F'[, ]' '
        FILENAME ~ /blacklist/ { verdict[$1] = "black"; next }
        FILENAME ~ /greylist/ { verdict[$1] = "grey"; next }
        FILENAME ~ /ranges/ { from[++ranges] = $1; to[ranges] = $2; list[ranges] = $3; next }
        {
            said = "unlisted"
            for (i = 1; i <= ranges; i++)
                if (from[i] <= $1 && $1 <= to[i])
                    said = list[i]
            print $1 in verdict ? verdict[$1] : said
        }' "$work/lists/"{blacklist,greylist,ranges}.csv -
}

# ---- GSUP: the client library of OsmoMSC, tests/interop/gsup_client.c ----
ask_gsup() {
    local address
    address=$(node_field "$1" gsup)
    sed -E 's/^([0-9]+) -$/\1 999990000000001/; s/^([0-9]+) ([0-9]+)$/check \2 \1/' |
        "$bin/../tests/gsup-client" "${address%:*}" "${address##*:}" 2>/dev/null |
        sed -E 's/^[0-9]+ nack$/black/; s/^[0-9]+ ack$/no-black/'
}

# policy_set NODE FILE: the node's policy from now on; it is read without a stop.
policy_set() {
    local log=$net/nodes/$1/log before
    before=$(grep -c ' event=policy ' "$log" || true)
    cp "$2" "$net/nodes/$1/policy.yaml"
    kill -HUP "$(node_pid "$1")"
    wait_until 30 "$1 does not read its policy" policy_is_read "$log" "$before"
    grep ' event=policy ' "$log" | tail -n 1 | grep -q ' level=info ' ||
        die "the policy is refused: $(grep ' event=policy ' "$log" | tail -n 2)"
}

policy_is_read() {
    [ "$(grep -c ' event=policy ' "$1")" -gt "$2" ]
}

# ---- S13: freeDiameter's own daemon, as an MME, with tests/s13/mme.c; it asks what a pipe says ----
mme=

# faces_begin NODE: the node has a policy, and the MME is connected to it.
faces_begin() {
    local port
    port=$(node_field "$1" s13)
    port=${port##*:}
    node_end "$1" TERM
    echo "claims: []" >"$net/nodes/$1/policy.yaml"
    echo "policy: policy.yaml" >>"$net/nodes/$1/imeid.yaml"
    "$root/testnet/start" "$1"
    wait_until 30 "$1 does not listen for S13" is_listening "$port"
    mkfifo "$work/mme"
    exec {mme_in}<>"$work/mme"
    cat >"$work/mme.conf" <<END
Identity = "mme.test.example";
Realm = "test.example";
Port = 0;
SecPort = 0;
No_SCTP;
NoRelay;
TcTimer = 1;
LoadExtension = "dict_nasreq.fdx";
LoadExtension = "dict_dcca.fdx";
LoadExtension = "dict_dcca_3gpp.fdx";
LoadExtension = "$bin/../tests/mme.fdx" : "$work/mme";
ConnectPeer = "eir.test.example" { ConnectTo = "127.0.0.1"; Port = $port; No_TLS; };
END
    freeDiameterd -c "$work/mme.conf" >"$work/mme.log" 2>&1 &
    mme=$!
    wait_until 30 "the MME is not connected; its log is $work/mme.log" mme_said 1
    expect_equal "the MME" "$(head -n 1 "$work/mme.out")" up
}

is_listening() {
    (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# mme_said COUNT: so many lines at least.
mme_said() {
    [ -f "$work/mme.out" ] && [ "$(wc -l <"$work/mme.out")" -ge "$1" ]
}

ask_s13() {
    local count device subscriber
    count=$(wc -l <"$work/mme.out")
    local before=$count
    while read -r device subscriber; do
        echo "imei=$device$([ "$subscriber" = - ] || echo " user=$subscriber")" >&"$mme_in"
        count=$((count + 1))
    done
    wait_until 30 "the MME has no answer" mme_said "$count"
    tail -n +$((before + 1)) "$work/mme.out" |
        sed 's/^result=2001 status=0$/white/; s/^result=2001 status=1$/black/
            s/^result=2001 status=2$/grey/; s/^result=5422.*/unknown/'
}

faces_end() {
    local status=$?
    if [ -n "$mme" ]; then
        kill -KILL "$mme" 2>/dev/null || true
        wait "$mme" 2>/dev/null || true
    fi
    set +e
    (exit $status)
    finish
}
trap faces_end EXIT
