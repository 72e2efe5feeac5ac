#!/usr/bin/env bash
# Load test of the server over loopback: 1,000 requests each with 1, 8, 64 and 128 clients,
# and the model without a server.
#   bench/server-load.sh [random|embedded] [requests]
# Prints one line of JSON per run. Needs a JDK, Maven and Node.
set -euo pipefail
root=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
target=$root/mige-web/target
export MIGE_CLASSPATH_FILE=$target/browser.classpath
if [ ! -s "$MIGE_CLASSPATH_FILE" ] || [ -z "${MIGE_NO_BUILD:-}" ]; then
  (cd "$root" && mvn -q -B -pl mige-web -am test-compile dependency:build-classpath \
    -Dmdep.outputFile="$target/dependencies.classpath" -Dmdep.includeScope=test)
  echo "$target/test-classes:$target/classes:$(cat "$target/dependencies.classpath")" >"$MIGE_CLASSPATH_FILE"
fi
exec node "$root/bench/server-load.mjs" "${1:-random}" "${2:-1000}"
