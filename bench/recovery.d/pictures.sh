# The pictures of a report. Each is of a transfer of its own, so that no capture slows what is measured.

readonly picture_seconds=3

# Prints "direction cell" for each picture: the cells of --pictures, or the one with the smallest ratio of each direction.
picture_cells() {
    local direction cell
    case $pictures in
        none) ;;
        worst) awk -v only_worst=1 -f "$here/recovery.d/report.awk" "$results" ;;
        *)
            for cell in $(cells); do
                # shellcheck disable=SC2053 # it is a pattern
                [[ $cell != $pictures ]] || printf 'down %s\nup %s\n' "$cell" "$cell"
            done
            ;;
    esac
}

# Draws one transfer as it passed the link: data and ACKs over time, lost packets, RTT, window.
draw_link() {
    local direction=$1 cell=$2 name=$3 file=$4 side=B
    # The client has opened the connection.
    [[ $direction == down ]] || side=A
    raise_link "$(link_of "$cell" 1000)" --capture "$folder/link.pcapng"
    seconds=$picture_seconds transfer "${!name}" "$direction" >/dev/null
    drop_link
    "${cli[@]}" plot "$folder/link.pcapng" --side "$side" -o "$file"
    rm "$folder/link.pcapng"
}

# Draws one transfer as UserTcp has sent it: the same, and cwnd, ssthresh, recoveries and what limited the sender.
draw_sender() {
    local cell=$1 file=$2 watcher
    raise_link "$(link_of "$cell" 1000)"
    XDG_RUNTIME_DIR=$folder "${cli[@]}" watch --all --json >"$folder/events" 2>"$folder/watch.log" </dev/null &
    watcher=$!
    until_true test -s "$folder/events"
    seconds=$picture_seconds transfer "$ours" down >/dev/null
    drop_link
    kill "$watcher"
    wait "$watcher" || true
    "${cli[@]}" plot "$folder/events" -o "$file"
    rm "$folder/events"
}

# Draws the pictures into a folder, and prints the part of the report that shows them. Arguments: the folder, its name
# relative to the report.
draw_pictures() {
    local into=$1 relative=$2 direction cell wanted=()
    mapfile -t wanted < <(picture_cells)
    ((${#wanted[@]} > 0)) || return 0
    mkdir -p "$into"
    start_lane 0
    printf '\n## Pictures\n\nThe first %d s of a transfer of their own, one seed.\n' "$picture_seconds"
    for cell in "${wanted[@]}"; do
        direction=${cell% *} cell=${cell#* }
        for name in ours linux; do
            draw_link "$direction" "$cell" "$name" "$into/$cell-$direction-$name.svg" >&2
            show_picture "$(title_of "$direction" "$cell" "$name"), on the link" "$relative/$cell-$direction-$name.svg"
        done
        if [[ $direction == down ]]; then
            draw_sender "$cell" "$into/$cell-$direction-ours-sender.svg" >&2
            show_picture "$(title_of "$direction" "$cell" ours), at the sender" "$relative/$cell-$direction-ours-sender.svg"
        fi
        printf 'recovery: %s %s is drawn\n' "$cell" "$direction" >&2
    done
    stop_lane
}

title_of() {
    local name=UserTcp verb=sends
    [[ $3 == ours ]] || name=Linux
    [[ $1 == down ]] || verb=receives
    printf '%s: %s %s' "$2" "$name" "$verb"
}

show_picture() {
    printf '\n%s:\n\n![%s](%s)\n' "$1" "$1" "$2"
}
