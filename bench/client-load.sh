#!/usr/bin/env bash
# Load test over loopback by OpenAI's official Node and Java clients with their default retries: a model with random weights,
# a queue of 32 places, and requests with a wrong key or too large a body in between.
#   bench/client-load.sh [requests] [clients]
# Prints one line of JSON per client. Needs a JDK, Maven and Node.
set -euo pipefail
root=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
tests=$root/mige-web/src/test/browser
MIGE_CLASSPATH_FILE=$("$tests/class-path.sh")
export MIGE_CLASSPATH_FILE
(cd "$tests" && { [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --silent --ignore-scripts; })
exec node "$root/bench/client-load.mjs" "${1:-1000}" "${2:-64}"
