# The lanes. A lane is three connected namespaces; several lanes run at the same time.
#
#   client -- link0 (usertcp link) -- router -- ut0 -- UserTcp
#                                            -- v0  -- server (the kernel's TCP)
#
# The router forwards, so that both are one hop behind the link.

readonly ours=198.18.0.2 linux=198.18.9.2
cli=(dotnet "$root/artifacts/usertcp/UserTcp.Cli.dll")

inside() {
    nsenter --net=/run/netns/"$1" -- "${@:2}"
}

# The same in place of a background shell, so that $! is the program, and not a shell around it.
become_inside() {
    exec nsenter --net=/run/netns/"$1" -- "${@:2}"
}

# Makes a namespace with large buffers, which does not remember metrics of earlier connections.
new_space() {
    ip netns add "$1"
    inside "$1" sh -c '
        ip link set lo up
        for setting in tcp_no_metrics_save=1 "tcp_rmem=4096 131072 16777216" "tcp_wmem=4096 131072 16777216" "$@"; do
            echo "${setting#*=}" >"/proc/sys/net/ipv4/${setting%%=*}" || true
        done' sh "${@:2}" 2>/dev/null
}

# Waits until a command succeeds.
until_true() {
    local i
    for ((i = 0; i < 400; i++)); do
        ! "$@" 2>/dev/null || return 0
        sleep 0.025
    done
    printf 'recovery: timed out: %s\n' "$*" >&2
    return 1
}

start_lane() {
    lane=$1
    folder=/run/recovery/$lane
    mkdir -p "$folder"
    new_space "client$lane"
    new_space "router$lane" ip_forward=1
    new_space "server$lane"
    ip link add v0 netns "router$lane" type veth peer name v0 netns "server$lane"
    inside "router$lane" ip address add 198.18.9.1/24 dev v0
    inside "server$lane" ip address add "$linux/24" dev v0
    inside "router$lane" ip link set v0 up
    inside "server$lane" ip link set v0 up
    inside "server$lane" ip route add default via 198.18.9.1
    become_inside "server$lane" "$built/server" 0.0.0.0 cubic >"$folder/server.log" 2>&1 </dev/null &
    local server=$!
    XDG_RUNTIME_DIR=$folder become_inside "router$lane" "${cli[@]}" up --services discard,chargen >"$folder/up" 2>"$folder/up.log" </dev/null &
    running=("$server" "$!")
    until_true grep -q ^ready "$folder/up" || { cat "$folder/up.log" >&2 && return 1; }
    # Runs the code once, so that only compiled code is measured.
    inside "router$lane" "$built/flow" "$ours" down 1 cubic >/dev/null
    inside "router$lane" "$built/flow" "$ours" up 1 cubic >/dev/null
}

stop_lane() {
    kill "${running[@]}"
    wait "${running[@]}" || true
    # The next lane of this number uses the same names.
    ip netns delete "client$lane"
    ip netns delete "router$lane"
    ip netns delete "server$lane"
}

# Joins the lane's client and router by a link. Arguments: its specification, options of usertcp link. drop_link removes it.
raise_link() {
    : >"$folder/ready"
    # The link runs with priority over the contestants, where that is permitted, so that its delays are exact.
    nice -n -10 "${cli[@]}" link --a "client$lane" --b "router$lane" --impair "$@" >"$folder/ready" 2>"$folder/link.log" </dev/null &
    link=$!
    until_true grep -q ^ready "$folder/ready" || { cat "$folder/link.log" >&2 && return 1; }
    inside "client$lane" ip route add 198.18.0.0/24 via 198.18.7.2
    inside "client$lane" ip route add 198.18.9.0/24 via 198.18.7.2
}

drop_link() {
    # Wait until the RSTs have arrived.
    sleep 0.5
    kill "$link"
    wait "$link" || true
}

# Prints how many segments the server of an address has retransmitted so far. Fails when the server does not say.
retransmitted() {
    if [[ $1 == "$ours" ]]; then
        curl -sf --unix-socket "$folder"/usertcp/*.sock http://up/counters | grep -o '"SegmentsRetransmitted":[0-9]*' | cut -d : -f 2
    else
        inside "server$lane" awk '/^Tcp:/ && !seen { seen = 1; for (i = 2; i <= NF; i++) column[$i] = i; next } /^Tcp:/ { print $column["RetransSegs"] }' \
            /proc/net/snmp
    fi
}

# Runs one transfer, and prints the received bytes and the retransmitted segments.
transfer() {
    local address=$1 direction=$2 before after figures
    before=$(retransmitted "$address") || { echo 'the counters cannot be read' >&2 && return 1; }
    figures=$(inside "client$lane" timeout $((seconds + 10)) "$built/flow" "$address" "$direction" "$seconds" cubic) || return
    if [[ $direction == down ]]; then
        after=$(retransmitted "$address") || { echo 'the counters cannot be read' >&2 && return 1; }
        figures="${figures% *} $((after - before))"
    fi
    echo "$figures"
}

# Runs a cell with one seed: both contestants in both directions, each over a new link of that seed.
run_cell() {
    local cell=$1 seed=$2 direction name names=(ours linux) figures
    ((seed % 2 == 0)) || names=(linux ours)
    for direction in down up; do
        for name in "${names[@]}"; do
            raise_link "$(link_of "$cell" "$seed")"
            figures=$(transfer "${!name}" "$direction" 2>"$folder/error") || figures=
            [[ -n $figures ]] || printf 'recovery: %s %s %s: %s\n' "$cell" "$direction" "$name" "$(tail -n 1 "$folder/error")" >&2
            drop_link
            awk -v cell="$cell" -v direction="$direction" -v name="$name" -v figures="${figures:-failed}" -v seconds="$seconds" 'BEGIN {
                OFS = "\t"
                if (split(figures, part, " ") == 2)
                    print direction, cell, name, part[1] * 8e-6 / seconds, part[2]
                else
                    print direction, cell, name, "failed", 0
            }' >>"$results"
        done
    done
}

run_lane() {
    local number seed
    start_lane "$1"
    for ((number = $1; number < ${#wanted[@]}; number += $2)); do
        for ((seed = 1; seed <= seeds; seed++)); do
            run_cell "${wanted[number]}" $((1000 * seed + number))
        done
        printf 'recovery: %s is done\n' "${wanted[number]}" >&2
    done
    stop_lane
}

# Runs the cells whose names begin with $1, in $2 lanes.
run_grid() {
    local lanes=$2 i processes=()
    mapfile -t wanted < <(cells | grep "^$1")
    ((${#wanted[@]} > 0)) || return 0
    ((lanes <= ${#wanted[@]})) || lanes=${#wanted[@]}
    for ((i = 0; i < lanes; i++)); do
        run_lane "$i" "$lanes" &
        processes+=("$!")
    done
    for i in "${processes[@]}"; do
        wait "$i" || die 70 'a lane failed'
    done
}

# Runs two flows that share a bottleneck, and measures the RTT of a ping beside them.
run_fairness() {
    local pair one other rtt seconds=$fairness
    ((fairness > 0)) || return 0
    start_lane 0
    for pair in ours-ours ours-linux linux-linux; do
        raise_link "$(link_text 50 20 0 0 1)"
        one=${pair%-*} other=${pair#*-}
        transfer "${!one}" down >"$folder/one" 2>>"$folder/error" &
        local first=$!
        transfer "${!other}" down >"$folder/other" 2>>"$folder/error" &
        local second=$!
        rtt=$(inside "client$lane" ping -q -i 0.1 -w "$fairness" 198.18.7.2 | awk -F '[ /]' '/^rtt/ { print $8 }') || true
        wait "$first" "$second" || printf 'recovery: %s: %s\n' "$pair" "$(tail -n 1 "$folder/error")" >&2
        drop_link
        printf 'share\t%s\t%s\t%s\t%s\t%s\n' "$pair" "$(mbit "$folder/one")" "$(mbit "$folder/other")" "${rtt:-failed}" >>"$results"
        printf 'recovery: %s share a link: done\n' "$pair" >&2
    done
    stop_lane
}

mbit() {
    awk -v seconds="$fairness" 'NF == 2 { printf "%.3f", $1 * 8e-6 / seconds; found = 1 } END { if (!found) print "failed" }' "$1"
}
