# Turns lines of "direction, cell, contestant, Mbit/s, retransmitted segments" and "share, pair, Mbit/s, Mbit/s, RTT in
# ms" into tables. With only_worst=1, prints "direction cell" for the cell of each direction with the smallest ratio.

BEGIN {
    FS = "\t"
    said["down"] = "As sender: UserTcp and the kernel, to a kernel"
    said["up"] = "As receiver: UserTcp and the kernel, from a kernel"
    split("down up", directions, " ")
}

$1 == "share" {
    shares[++pairs] = $0
    next
}

{
    if (!(($1, $2) in seen)) {
        seen[$1, $2] = 1
        cell[$1, ++cells[$1]] = $2
    }
    if ($4 == "failed") {
        failed[$1, $2, $3] = 1
        next
    }
    # The mean of all seeds so far.
    count = ++counted[$1, $2, $3]
    goodput[$1, $2, $3] += ($4 - goodput[$1, $2, $3]) / count
    retransmitted[$1, $2, $3] += ($5 - retransmitted[$1, $2, $3]) / count
}

# A number made of rate, RTT, loss and reordering, so that cells sort in the order of the grid.
function rank(name,    part) {
    split(name, part, /mbit-rtt|-loss|-reorder/)
    return part[1] * 1e9 + part[2] * 1e6 + part[3] * 1e4 + part[4]
}

function sort_cells(direction,    i, j, value) {
    for (i = 2; i <= cells[direction]; i++) {
        value = cell[direction, i]
        for (j = i - 1; j > 0 && rank(cell[direction, j]) > rank(value); j--)
            cell[direction, j + 1] = cell[direction, j]
        cell[direction, j + 1] = value
    }
}

function figure(direction, name, who) {
    return (direction, name, who) in failed ? "failed" : goodput[direction, name, who]
}

function insert(value,    j) {
    for (j = ratios++; j > 0 && ratio[j] > value; j--)
        ratio[j + 1] = ratio[j]
    ratio[j + 1] = value
}

function table(direction,    i, name, one, other, quotient, min, worst) {
    printf "\n## %s\n\n", said[direction]
    print "| cell | UserTcp, Mbit/s | Linux, Mbit/s | ratio | retransmitted | by Linux |\n|---|---:|---:|---:|---:|---:|"
    ratios = 0
    for (i = 1; i <= cells[direction]; i++) {
        name = cell[direction, i]
        one = figure(direction, name, "ours")
        other = figure(direction, name, "linux")
        if (one == "failed" || other == "failed" || other == 0) {
            printf "| %s | %s | %s | | | |\n", name, one, other
            continue
        }
        quotient = one / other
        insert(quotient)
        if (ratios == 1 || quotient < min) {
            min = quotient
            worst = name
        }
        printf "| %s | %.2f | %.2f | %.2f | %d | %d |\n", name, one, other, quotient,
            retransmitted[direction, name, "ours"], retransmitted[direction, name, "linux"]
    }
    if (ratios > 0)
        printf "\nMedian ratio %.2f, worst %.2f (%s).\n",
            ratios % 2 ? ratio[(ratios + 1) / 2] : (ratio[ratios / 2] + ratio[ratios / 2 + 1]) / 2, min, worst
}

function print_worst(direction,    i, name, quotient, min, worst) {
    for (i = 1; i <= cells[direction]; i++) {
        name = cell[direction, i]
        if ((direction, name, "ours") in failed || !(goodput[direction, name, "linux"] > 0))
            continue
        quotient = goodput[direction, name, "ours"] / goodput[direction, name, "linux"]
        if (worst == "" || quotient < min) {
            min = quotient
            worst = name
        }
    }
    if (worst != "")
        print direction, worst
}

function shares_table(    i, part, sum) {
    print "\n## Two senders share 50 Mbit/s and 20 ms\n"
    print "| first and second | first, Mbit/s | second, Mbit/s | share of the first | queue delay, ms |\n|---|---:|---:|---:|---:|"
    for (i = 1; i <= pairs; i++) {
        split(shares[i], part, "\t")
        sub("ours", "UserTcp", part[2])
        sub("ours", "UserTcp", part[2])
        gsub("linux", "Linux", part[2])
        sum = part[3] + part[4]
        if (part[3] == "failed" || part[4] == "failed" || sum == 0)
            printf "| %s | %s | %s | | |\n", part[2], part[3], part[4]
        else
            printf "| %s | %.2f | %.2f | %.0f %% | %.1f |\n", part[2], part[3], part[4], 100 * part[3] / sum, part[5] - 20
    }
}

END {
    for (d = 1; d <= 2; d++) {
        if (cells[directions[d]] > 0) {
            sort_cells(directions[d])
            if (only_worst)
                print_worst(directions[d])
            else
                table(directions[d])
        }
    }
    if (pairs > 0 && !only_worst)
        shares_table()
}
