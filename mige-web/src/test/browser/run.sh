#!/bin/sh
# The page in a real browser, and the official npm client. Installs what it needs when it is absent.
#   MIGE_SHOTS=DIR         takes pictures of the page
#   MIGE_TEST_MODEL=embedded   with the shipped model (default: random weights, a few milliseconds a picture)
set -eu
cd "$(dirname "$0")"
root=$(git rev-parse --show-toplevel)
target=$root/mige-web/target
if ! command -v "${CHROMIUM:-chromium}" >/dev/null; then
  echo "installing chromium"
  (apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium) >/dev/null
fi
[ -d node_modules/playwright-core ] || npm ci --silent --ignore-scripts
export MIGE_CLASSPATH_FILE=$target/browser.classpath
if [ ! -s "$MIGE_CLASSPATH_FILE" ] || [ "$root/mige-web/pom.xml" -nt "$MIGE_CLASSPATH_FILE" ] || [ -z "${MIGE_NO_BUILD:-}" ]; then
  mkdir -p "$target"
  (cd "$root" && mvn -q -B -pl mige-web -am test-compile dependency:build-classpath -Dmdep.outputFile="$target/dependencies.classpath" -Dmdep.includeScope=test)
  echo "$target/test-classes:$target/classes:$(cat "$target/dependencies.classpath")" >"$MIGE_CLASSPATH_FILE"
fi
[ $# -gt 0 ] || set -- client.test.mjs faults.test.mjs page.test.mjs
exec node --test --test-concurrency=1 --test-reporter=spec "$@"
