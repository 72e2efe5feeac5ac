#!/bin/bash
# Downloads and converts a published model of true size from a hub on this computer, and edits an image with it.
#
#   ./mige dev random-checkpoint -o models/random
#   bench/published-model.sh models/random f32 /tmp/trial 9g        # or bf16, or optimizer; memory limit of the edit
#
# Prints wall and processor seconds, peak memory, peak disk and the number of requests. Needs a checkout with compiled tests
# (./mvnw test-compile) and 14 GB of disk. MIGE names another command than ./mige, MIGE_CLASS_PATH another class path of the hub.
set -eu
[ $# -ge 3 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2; }
model=$(cd "$1" && pwd); kind=$2; work=$3; limit=${4:-}
root=$(cd "$(dirname "$0")/.." && pwd); mige=${MIGE:-$root/mige}
class_path=${MIGE_CLASS_PATH:-$root/mige-tensor/target/test-classes:$("$root/mige" class-path)}
mkdir -p "$work"; rm -rf "$work/model"

mkfifo "$work/stdin" "$work/stdout"
java -cp "$class_path" dev.mige4j.weights.hub.PublishedModelHub "$model" "$kind" <"$work/stdin" >"$work/stdout" 2>"$work/requests" &
hub=$!
exec 3>"$work/stdin"; read -r url <"$work/stdout"; rm "$work/stdin" "$work/stdout"

# Runs a command and prints what it needed.
measure() {
  start=$(date +%s.%N); peak_disk=0; peak_memory=0; cpu=0
  "$@" & command=$!
  while kill -0 $command 2>/dev/null; do
    disk=$(du -sk "$work" | cut -f1); [ "$disk" -le $peak_disk ] || peak_disk=$disk
    for process in $command $(pgrep -P $command || true); do
      memory=$(awk '/VmHWM/ {print $2}' /proc/"$process"/status 2>/dev/null || true); [ "${memory:-0}" -le $peak_memory ] || peak_memory=$memory
      ticks=$(awk '{print $14 + $15}' /proc/"$process"/stat 2>/dev/null || true); [ "${ticks:-0}" -le $cpu ] || cpu=$ticks
    done
    sleep 1
  done
  wait $command
  awk -v s="$start" -v e="$(date +%s.%N)" -v c=$cpu -v m=$peak_memory -v d=$peak_disk \
    'BEGIN {printf "%.0f s, %.0f processor seconds, peak memory %.2f GB, peak disk %.2f GB\n", e - s, c / 100, m / 1e6 * 1.024, d / 1e6 * 1.024}'
}

measure "$mige" download published --hub "$url" -o "$work/model"
exec 3>&-; wait $hub
printf 'model.pth: %d requests\n' "$(grep -c 'storage.*model.pth' "$work/requests")"
edit() { if [ -n "$limit" ]; then systemd-run --scope -q -p MemoryMax="$limit" -p MemorySwapMax=0 "$@"; else "$@"; fi; }
measure edit "$mige" edit "$root/samples/lake.png" "make it night" --steps 2 --model "$work/model" -o "$work/night.png"
