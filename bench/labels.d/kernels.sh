#!/usr/bin/env bash
# Captures a transfer between two kernels over an impaired link. Runs in namespaces that end with it.
# Arguments: the command, the impairment, the capture file, and the namespace that sends: one or two.
set -euo pipefail
usertcp=$1 impair=$2 capture=$3 sender=$4

mount -t tmpfs none /run
mkdir -p /run/netns
for space in one two; do
    ip netns add "$space"
    ip netns exec "$space" ip link set lo up
done
"$usertcp" link --a one --b two --impair "$impair" --capture "$capture" > /run/link.log &
link=$!
until grep -q '^ready' /run/link.log; do
    kill -0 "$link"
    sleep 0.05
done
head -c 1000000 /dev/zero > /run/data
if [[ $sender == one ]]; then
    ip netns exec two nc -l -d 5000 > /dev/null &
else
    ip netns exec two nc -l -N 5000 < /run/data > /dev/null &
fi
until ip netns exec two ss -Hltn | grep -q :5000; do sleep 0.05; done
if [[ $sender == one ]]; then
    ip netns exec one timeout 40 nc -N 198.18.7.2 5000 < /run/data
else
    ip netns exec one timeout 40 nc -d 198.18.7.2 5000 > /dev/null
fi
sleep 1
kill -INT "$link"
wait "$link"
