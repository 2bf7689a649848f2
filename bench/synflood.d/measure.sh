# Runs in `usertcp lab`: clients without a flood, then with a flood at each rate. Prints a table on standard output.
# usage: measure.sh BUILT PORT SECONDS RATE...
set -euo pipefail

built=$1
port=$2
seconds=$3
shift 3
readonly address=198.18.0.2 stream=19 clients=8 pause=5 after=${SYNFLOOD_AFTER:-64}
# The process of the lab, which has the stack, has started this script.
readonly stack=$PPID

resident() {
    awk '/^VmRSS:/ { print $2 }' "/proc/$stack/status"
}

ask() {
    curl --silent --fail --max-time 10 --unix-socket "$USERTCP_CONTROL" "http://localhost/$1"
}

counter() {
    ask counters | grep -o "\"$1\":[0-9]*" | cut -d: -f2
}

half_open() {
    ask connections | grep -oi '"state":"\(SynReceived\|SYN-RECEIVED\)"' | wc -l
}

serve() {
    "$built/clients" "$address" "$port" "$stream" "$clients" "$pause" "$seconds"
}

printf '| target SYNs/s | sent | cookies sent | requests/s | of without | failed | of all | median, 99 %% | stream, MB/s | of without | RSS growth, KiB | half-open at the end, %d s later |\n' "$after"
printf '|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n'
# A first run compiles code and grows memory, which are not costs of the flood.
serve >/dev/null
read -r base _ bad median late bulk < <(serve)
printf '| 0 | 0 | 0 | %s | | %s | | %s, %s ms | %s | | | |\n' "$base" "$bad" "$median" "$late" "$bulk"
for rate in "$@"; do
    memory=$(resident)
    cookies=$(counter SynCookiesSent)
    "$built/flood" "$address" "$port" "$rate" "$((seconds + 2))" >"$built/sent" &
    flood=$!
    # By then, half-open connections are at their limit.
    sleep 1
    read -r per_second done bad median late streamed < <(serve)
    growth=$(($(resident) - memory))
    pending=$(half_open)
    wait "$flood"
    sleep "$after"
    awk -v rate="$rate" -v sent="$(<"$built/sent")" -v cookies="$(($(counter SynCookiesSent) - cookies))" -v r="$per_second" -v base="$base" \
        -v done="$done" -v bad="$bad" -v median="$median" -v late="$late" -v s="$streamed" -v bulk="$bulk" -v growth="$growth" \
        -v pending="$pending" -v left="$(half_open)" 'BEGIN {
            printf "| %d | %d | %d | %.1f | %.1f %% | %d | %.3f %% | %s, %s ms | %.1f | %.1f %% | %d | %d, %d |\n",
                rate, sent, cookies, r, 100 * r / base, bad, 100 * bad / (done + bad), median, late, s, (bulk > 0 ? 100 * s / bulk : 0),
                growth, pending, left
        }'
done
