#!/bin/bash
# Embeds images of 512 x 512 pixels with CLIP ViT-B/32 and DINO ViT-S/16 (random weights of true size) in PyTorch and in
# mige4j, one after the other, and prints milliseconds per image: elapsed and of the processors.
#
#   bench/embedding.sh                                # 1000 images, 2 threads, batches of 32
#   bench/embedding.sh 200 1 32 /tmp/embedding        # images, threads, batch size, folder of images and weights (1 GB)
#
# Needs a built checkout. PYTHON names a Python with torch, numpy and Pillow, MIGE_CLASS_PATH another class path. Both programs
# decode with alpha dropped, resize and crop exactly as published, and embed in float32; what PyTorch does one after the other
# (decode and resize with Pillow, embed), mige4j overlaps in "all". The processors' time is what counts on a busy machine.
set -eu
images=${1:-1000} threads=${2:-2} batch=${3:-32} folder=${4:-/tmp/mige-embedding}
root=$(cd "$(dirname "$0")/.." && pwd); python=${PYTHON:-python3}
class_path=${MIGE_CLASS_PATH:-$("$root/mige" class-path)}
export OMP_NUM_THREADS=$threads OMP_WAIT_POLICY=PASSIVE THP_MEM_ALLOC_ENABLE=1
[ "$(ls "$folder/images" 2>/dev/null | wc -l)" = "$images" ] || {
  echo "making $images images and the weights in $folder" >&2
  rm -rf "$folder/images"; "$python" "$root/bench/embedding.py" prepare "$folder" "$images"
}
{
  "$python" "$root/bench/embedding.py" run "$folder" "$threads" "$batch"
  java -XX:+UseSerialGC -Dorg.bytedeco.javacpp.maxphysicalbytes=0 -Dorg.bytedeco.javacpp.maxbytes=0 -Dmige.threads="$threads" \
    -cp "$class_path" "$root/bench/EmbeddingSpeed.java" "$folder" "$threads" "$batch"
} | tee >(cat >&2) | awk '
  $1 == "difference" { print "largest difference of the embeddings, " $2 ": " $3 " of the largest value"; next }
  { elapsed[$1, $2] = 1000 * $4 / $3; processor[$1, $2] = 1000 * $5 / $3; if ($1 == "pytorch") order[++n] = $2 }
  END {
    printf "%-9s%28s%28s%22s\n", "", "PyTorch", "mige4j", "ratio"
    printf "%-9s%14s%14s%14s%14s%11s%11s\n", "ms/image", "elapsed", "processor", "elapsed", "processor", "elapsed", "processor"
    for (i = 1; i <= n; i++) {
      p = order[i]; a = elapsed["pytorch", p]; b = processor["pytorch", p]; c = elapsed["mige4j", p]; d = processor["mige4j", p]
      printf "%-9s%14.1f%14.1f%14.1f%14.1f%11.2f%11.2f\n", p, a, b, c, d, a / c, b / d
    }
  }'
