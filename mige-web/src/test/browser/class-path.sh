#!/usr/bin/env bash
# Compiles mige-web's tests and prints the file with their class path. MIGE_NO_BUILD=1 takes the one of the last run.
set -euo pipefail
root=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
target=$root/mige-web/target
file=$target/browser.classpath
if [ ! -s "$file" ] || [ -z "${MIGE_NO_BUILD:-}" ]; then
  mkdir -p "$target"
  (cd "$root" && mvn -q -B -pl mige-web -am test-compile dependency:build-classpath \
    -Dmdep.outputFile="$target/dependencies.classpath" -Dmdep.includeScope=test) >&2
  echo "$target/test-classes:$target/classes:$(cat "$target/dependencies.classpath")" >"$file"
fi
echo "$file"
