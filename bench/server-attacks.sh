#!/usr/bin/env bash
# Attacks on the server over loopback, each beside probes of /healthz and normal edits with the embedded model.
#   bench/server-attacks.sh [part of an attack's name ...]
# Prints a table in Markdown. Needs a JDK, Maven and Node.
set -euo pipefail
root=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
MIGE_CLASSPATH_FILE=$("$root/mige-web/src/test/browser/class-path.sh")
export MIGE_CLASSPATH_FILE
exec node "$root/bench/server-attacks.mjs" "$@"
