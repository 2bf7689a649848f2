# Compares labels frame by frame. Input: "tshark FRAME MESSAGES" and "ours FRAME REASONS", and "end" behind each file.
BEGIN {
    FS = "\t"
    split("retransmission out-of-order duplicate-ack gap zero-window window-full probe keep-alive acked-unseen", classes, " ")
}

$1 == "tshark" {
    frames[$2] = 1
    if ($3 ~ /retransmission/) theirs[$2, "retransmission"] = 1
    if ($3 ~ /out-of-order/) theirs[$2, "out-of-order"] = 1
    if ($3 ~ /Duplicate ACK/) theirs[$2, "duplicate-ack"] = 1
    if ($3 ~ /Previous segment/) theirs[$2, "gap"] = 1
    if ($3 ~ /TCP Zero Window segment/) theirs[$2, "zero-window"] = 1
    if ($3 ~ /completely full/) theirs[$2, "window-full"] = 1
    if ($3 ~ /TCP Zero Window Probe/ && $3 !~ /ACK/) theirs[$2, "probe"] = 1
    if ($3 ~ /TCP keep-alive segment/) theirs[$2, "keep-alive"] = 1
    if ($3 ~ /wasn't captured/) theirs[$2, "acked-unseen"] = 1
    next
}

$1 == "ours" {
    if ($3 ~ /"Cause(Sack|DuplicateAcks|Recovery|Timeout|TailLossProbe|Unknown)"|SynAnsweredAgain/)
        ours[$2, "retransmission"] = 1
    if ($3 ~ /"ReorderedBefore"/) ours[$2, "out-of-order"] = 1
    if ($3 ~ /"DuplicateAck"/) ours[$2, "duplicate-ack"] = 1
    if ($3 ~ /"CaptureGap"/) ours[$2, "gap"] = 1
    if ($3 ~ /"(SenderWindowClosed|WindowClosed|ProbeAnswer)"/) ours[$2, "zero-window"] = 1
    if ($3 ~ /"WindowFull"/) ours[$2, "window-full"] = 1
    if ($3 ~ /"ZeroWindowProbe(Arrived)?"/) ours[$2, "probe"] = 1
    if ($3 ~ /"KeepAlive(Arrived)?"/) ours[$2, "keep-alive"] = 1
    if ($3 ~ /"AckOfUncaptured"/) ours[$2, "acked-unseen"] = 1
    words = $3
    while (match(words, /"id":"[A-Za-z]+"/)) {
        id = substr(words, RSTART + 6, RLENGTH - 7)
        if (index(reasons[$2], " " id) == 0) reasons[$2] = reasons[$2] " " id
        words = substr(words, RSTART + RLENGTH)
    }
    next
}

$1 == "end" {
    for (frame in frames) {
        total++
        differs = 0
        their = our = ""
        for (i = 1; i in classes; i++) {
            class = classes[i]
            t = ((frame, class) in theirs)
            o = ((frame, class) in ours)
            if (t) their = their " " class
            if (o) our = our " " class
            if (t && o) both[class]++
            if (t && !o) { onlyTheirs[class]++; differs = 1 }
            if (o && !t) { onlyOurs[class]++; differs = 1 }
        }
        if (differs) {
            kind = "tshark:" (their == "" ? " nothing" : their) "; ours:" (our == "" ? " nothing" : our)
            kinds[kind]++
            example[kind] = reasons[frame]
        } else {
            agreed++
        }
    }
    delete frames; delete theirs; delete ours; delete reasons
    files++
}

END {
    printf "%d frames of %d captures, %d (%.2f %%) with the same labels\n\n", total, files, agreed, 100 * agreed / total
    print "| label | both | only tshark | only ours |"
    print "|---|---:|---:|---:|"
    for (i = 1; i in classes; i++)
        printf "| %s | %d | %d | %d |\n", classes[i], both[classes[i]], onlyTheirs[classes[i]], onlyOurs[classes[i]]
    print "\n| frames | labels that differ | what we say |"
    print "|---:|---|---|"
    for (kind in kinds)
        printf "| %d | %s |%s |\n", kinds[kind], kind, example[kind] | "sort -t '|' -k2 -rn"
}
