# Turns lines of "CPUs, workload, contestant, figure" into tables: medians and ranges, and the ratios to the reference.
# names: the contestants, in the order of their columns; titles: the column headings, each followed by a |.

BEGIN {
    FS = "\t"
    count = split(names, name, " ")
    split(titles, heading, "|")
    split("up-1 down-1 up-4 down-4 pingpong-p50 pingpong-p99 crr-1 crr-64 keep-64 wrk-keep wrk-close", order, " ")
    said["up-1"] = "to the stack, 1 stream, Gbit/s"
    said["down-1"] = "from the stack, 1 stream, Gbit/s"
    said["up-4"] = "to the stack, 4 streams, Gbit/s"
    said["down-4"] = "from the stack, 4 streams, Gbit/s"
    said["pingpong-p50"] = "64 bytes and back, median, µs"
    said["pingpong-p99"] = "64 bytes and back, 99th percentile, µs"
    said["crr-1"] = "connect, request, response, close: 1 at a time, a second"
    said["crr-64"] = "connect, request, response, close: 64 at a time, a second"
    said["keep-64"] = "HTTP keep-alive, 64 connections, requests a second"
    said["wrk-keep"] = "the same by wrk"
    said["wrk-close"] = "HTTP with close by wrk, 64 connections, requests a second"
    reference["kestrel-usertcp"] = "kestrel-kernel"
}

{
    key = $1 SUBSEP $2 SUBSEP $3
    if ($4 == "failed")
        failures[key]++
    else
        figure[key, ++figures[key]] = $4
    there[$1, $2] = there[$1, "by " $3] = 1
}

function sort(key, n,    i, j, value) {
    for (i = 2; i <= n; i++) {
        value = figure[key, i]
        for (j = i - 1; j > 0 && figure[key, j] + 0 > value + 0; j--)
            figure[key, j + 1] = figure[key, j]
        figure[key, j + 1] = value
    }
}

function median(key,    n) {
    n = figures[key]
    return n % 2 ? figure[key, (n + 1) / 2] : (figure[key, n / 2] + figure[key, n / 2 + 1]) / 2
}

# The min of a time, or the max of anything else.
function best(key, workload) {
    return figure[key, workload ~ /^pingpong/ ? 1 : figures[key]]
}

function number(value) {
    return value < 1000 ? sprintf("%.1f", value) : sprintf("%d", value)
}

# A contestant has a column if it has figures for this number of CPUs.
function header(cpus, first,    i, rule) {
    first = "| " first " |"
    rule = "|---|"
    for (i = 1; i <= count; i++) {
        if ((cpus, "by " name[i]) in there) {
            first = first " " heading[i] " |"
            rule = rule "---:|"
        }
    }
    print first "\n" rule
}

function figures_table(cpus,    w, i, key, line) {
    header(cpus, "median (min to max)")
    for (w = 1; w in order; w++) {
        if (!((cpus, order[w]) in there))
            continue
        line = "| " said[order[w]] " |"
        for (i = 1; i <= count; i++) {
            if (!((cpus, "by " name[i]) in there))
                continue
            key = cpus SUBSEP order[w] SUBSEP name[i]
            if (key in figures) {
                sort(key, figures[key])
                line = line sprintf(" %s (%s to %s)", number(median(key)), number(figure[key, 1]), number(figure[key, figures[key]]))
            }
            if (key in failures)
                line = line " failed " failures[key] " times"
            line = line " |"
        }
        print line
    }
    print ""
}

function ratios_table(cpus,    w, i, key, to, line) {
    header(cpus, "ratio of the best (of the medians)")
    for (w = 1; w in order; w++) {
        if (!((cpus, order[w]) in there))
            continue
        line = "| " said[order[w]] " |"
        for (i = 1; i <= count; i++) {
            if (!((cpus, "by " name[i]) in there))
                continue
            key = cpus SUBSEP order[w] SUBSEP name[i]
            to = cpus SUBSEP order[w] SUBSEP (name[i] in reference ? reference[name[i]] : "kernel")
            if (key in figures && to in figures && key != to && name[i] != "kestrel-kernel")
                line = line sprintf(" %.2f (%.2f) |", best(key, order[w]) / best(to, order[w]), median(key) / median(to))
            else
                line = line " |"
        }
        print line
    }
    print ""
}

END {
    for (cpus = 1; cpus <= 2; cpus++) {
        print cpus == 1 ? "\n## Client and server on one CPU\n" : "## Client and server on one CPU each\n"
        figures_table(cpus)
        ratios_table(cpus)
    }
    print "Ratios are to the kernel's TCP over veth; those of Kestrel on UserTcp are to Kestrel on the kernel's sockets. For a"
    print "time, a ratio below one is better. For everything else, a ratio above one is better."
}
