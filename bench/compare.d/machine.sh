# How much of the machine is left to what is measured.

# CPU time in ticks so far: of the machine, and of what runs in here.
cpu_ticks() {
    awk '/^cpu / { print $2 + $3 + $4 + $7 + $8 + $9 }' /proc/stat
    cat /proc/[0-9]*/stat 2>/dev/null | sed 's/^.*) //' | awk '{ ticks += $12 + $13 + $14 + $15 } END { print ticks }'
}

# Begins to watch what other programs do.
watch_others() {
    mapfile -t ticks_before < <(cpu_ticks)
    ticks_since=$EPOCHREALTIME
}

# The share of the CPUs that other programs have had since then, in percent.
share_of_others() {
    local ticks_after
    mapfile -t ticks_after < <(cpu_ticks)
    awk -v all=$((ticks_after[0] - ticks_before[0])) -v ours=$((ticks_after[1] - ticks_before[1])) \
        -v seconds="$(awk "BEGIN { print $EPOCHREALTIME - $ticks_since }")" -v cpus="$(nproc)" -v tick="$(getconf CLK_TCK)" \
        'BEGIN { share = 100 * (all - ours) / (seconds * cpus * tick); printf "%d", (share > 0 ? share : 0) }'
}
