# Measures the share of the machine that other programs use.

# Prints the CPU time so far in ticks: of the machine, and of the processes in this namespace.
cpu_ticks() {
    awk '/^cpu / { print $2 + $3 + $4 + $7 + $8 + $9 }' /proc/stat
    cat /proc/[0-9]*/stat 2>/dev/null | sed 's/^.*) //' | awk '{ ticks += $12 + $13 + $14 + $15 } END { print ticks }'
}

# Starts the measurement of other programs.
watch_others() {
    mapfile -t ticks_before < <(cpu_ticks)
    ticks_since=$EPOCHREALTIME
}

# Prints the share of the CPUs that other programs have had since then, in percent.
share_of_others() {
    local ticks_after
    mapfile -t ticks_after < <(cpu_ticks)
    awk -v all=$((ticks_after[0] - ticks_before[0])) -v ours=$((ticks_after[1] - ticks_before[1])) \
        -v seconds="$(awk "BEGIN { print $EPOCHREALTIME - $ticks_since }")" -v cpus="$(nproc)" -v tick="$(getconf CLK_TCK)" \
        'BEGIN { share = 100 * (all - ours) / (seconds * cpus * tick); printf "%d", (share > 0 ? share : 0) }'
}
