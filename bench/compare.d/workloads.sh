# The workloads, and the turns of the contestants.

seconds=0.5
workloads=(up-1 down-1 up-4 down-4 pingpong crr-1 crr-64 keep-64)
if $quick; then
    seconds=0.25
elif command -v wrk >/dev/null; then
    workloads+=(wrk-keep wrk-close)
fi
client_cpu=0
other_cpu=$(($(nproc) - 1))

# Prints the progress on one line.
progress() {
    if [[ -t 2 ]]; then
        printf '\r\033[Kround %d of %d, %s: %s' "$round" "$rounds" "$1" "$2" >&2
    elif [[ $2 != "${progress_said:-}" ]]; then
        printf 'round %d of %d, %s: %s\n' "$round" "$rounds" "$1" "$2" >&2
        progress_said=$2
    fi
}

# Decides whether a contestant runs a workload: Kestrel has only HTTP, and a contestant with two processes needs two
# CPUs.
takes_part() {
    case $1/$2/$3 in
        kestrel-*/*/crr-1 | kestrel-*/*/up-* | kestrel-*/*/down-* | kestrel-*/*/pingpong) return 1 ;;
        pasta/1/* | slirp/1/*) return 1 ;;
        */wrk-*) ((round % 2 == 1)) ;;
    esac
}

load() {
    nsenter --net=/run/netns/"${space[$1]}" -- taskset -c "$client_cpu" timeout 10 "$built/load" "${address[$1]}" "${@:2}"
}

wrk_rate() {
    local name=$1
    shift
    nsenter --net=/run/netns/"${space[$name]}" -- taskset -c "$client_cpu" \
        timeout 10 wrk -t 1 -c 64 -d 1 "$@" "http://${address[$name]}:8080/" | awk '/^Requests\/sec:/ { print $2 }'
}

# Runs a workload once, and prints its figures.
measure() {
    local name=$1 number=${2##*-}
    case $2 in
        up-* | down-* | crr-* | keep-*) load "$name" "${2%-*}" "$seconds" "$number" ;;
        pingpong) load "$name" pingpong "$seconds" 64 ;;
        wrk-keep) wrk_rate "$name" ;;
        wrk-close) wrk_rate "$name" -H 'Connection: close' ;;
    esac
}

note() {
    printf '%s\t%s\t%s\t%s\n' "$@" >>"$results"
}

record() {
    local cpus=$1 workload=$2 name=$3 figures
    if ! figures=$(measure "$name" "$workload" 2>/run/compare/error) || [[ -z $figures ]]; then
        printf 'compare: %s: %s failed: %s\n' "$name" "$workload" "$(tail -n 1 /run/compare/error)" >&2
        figures='failed failed'
        [[ $workload == pingpong ]] || figures=failed
    fi
    if [[ $workload == pingpong ]]; then
        note "$cpus" pingpong-p50 "$name" "${figures% *}"
        note "$cpus" pingpong-p99 "$name" "${figures#* }"
    else
        note "$cpus" "$workload" "$name" "$figures"
    fi
}

pin_servers() {
    local name process
    for name in "${contestants[@]}"; do
        for process in ${processes[$name]}; do
            taskset -acp "$1" "$process" >/dev/null
        done
    done
}

# Runs all .NET workloads before the first round, so that only compiled and recompiled code is measured.
warm_up() {
    local name workload
    for name in "${contestants[@]}"; do
        [[ $name == *usertcp* || $name == kestrel-* ]] || continue
        for workload in "${workloads[@]}"; do
            [[ $workload != wrk-* ]] && takes_part "$name" 2 "$workload" || continue
            progress 'warming up' "${title[$name]}"
            seconds=1 measure "$name" "$workload" >/dev/null 2>&1 || true
        done
    done
}

# Gives each contestant one turn for each workload. Every other round reverses the order.
run_round() {
    local cpus workload name turns=("${contestants[@]}") i
    ((round > 1)) || warm_up
    if ((round % 2 == 0)); then
        for ((i = 0; i < ${#contestants[@]}; i++)); do
            turns[i]=${contestants[-i - 1]}
        done
    fi
    for cpus in 1 2; do
        ((cpus == 1 || other_cpu != client_cpu)) || continue
        pin_servers $((cpus == 1 ? client_cpu : other_cpu))
        for workload in "${workloads[@]}"; do
            progress "$( ((cpus == 1)) && echo 'one CPU' || echo 'two CPUs')" "$workload"
            for name in "${turns[@]}"; do
                ! takes_part "$name" "$cpus" "$workload" || record "$cpus" "$workload" "$name"
            done
        done
    done
}
