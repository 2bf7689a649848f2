# The cells of the grid, and the link of each.

# The cells of --quick: the extremes, and the most common ones.
quick_cells='rtt20-loss0-reorder0 rtt20-loss0-reorder2 rtt1-loss1-reorder0 rtt20-loss1-reorder0 rtt100-loss1-reorder0 rtt100-loss0.1-reorder2'

# Prints the names of the selected cells, those of 10 Mbit/s first.
cells() {
    local rate rtt loss reorder rest
    for rate in 10 100; do
        for rtt in 1 20 100; do
            for loss in 0 0.1 1 3; do
                for reorder in 0 2; do
                    rest=rtt$rtt-loss$loss-reorder$reorder
                    # shellcheck disable=SC2053 # it is a pattern
                    [[ ${rate}mbit-$rest == $pattern ]] || continue
                    ! $quick || [[ " $quick_cells " == *" $rest "* ]] || continue
                    printf '%smbit-%s\n' "$rate" "$rest"
                done
            done
        done
    done
}

# Prints the specification of a link. Arguments: rate in Mbit/s, RTT in ms, loss and reordering in %, seed. The queue
# holds the bandwidth-delay product, minimum 50 packets. A reordered packet is delayed by half an RTT, which a
# sender has to tolerate, and by the time of two packets at 10 Mbit/s or more.
link_text() {
    awk -v rate="$1" -v rtt="$2" -v loss="$3" -v reorder="$4" -v seed="$5" 'BEGIN {
        queue = int(rate * 1e6 * rtt * 1e-3 / 8 / 1500 + 0.999)
        held = rtt / 2 < 2.5 ? 2.5 : rtt / 2
        printf "rate=%smbit,delay=%sms,loss=%s%%,reorder=%s%%,reorderdelay=%sms,queue=%d,seed=%d\n",
            rate, rtt / 2, loss, reorder, held, queue < 50 ? 50 : queue, seed
    }'
}

# Prints the specification of the link of a cell.
link_of() {
    [[ $1 =~ ^([0-9]+)mbit-rtt([0-9]+)-loss([0-9.]+)-reorder([0-9]+)$ ]]
    link_text "${BASH_REMATCH[@]:1:4}" "$2"
}
