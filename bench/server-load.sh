#!/usr/bin/env bash
# Load test of the server over loopback: 1,000 requests each with 1, 8, 64 and 128 clients,
# and the model without a server.
#   bench/server-load.sh [random|embedded] [requests]
# Prints one line of JSON per run. Needs a JDK, Maven and Node.
set -euo pipefail
root=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
MIGE_CLASSPATH_FILE=$("$root/mige-web/src/test/browser/class-path.sh")
export MIGE_CLASSPATH_FILE
exec node "$root/bench/server-load.mjs" "${1:-random}" "${2:-1000}"
