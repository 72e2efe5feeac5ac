#!/bin/sh
# Runs the browser tests of the page and the tests with OpenAI's npm client. Installs Chromium if missing.
#   MIGE_NO_BUILD=1           uses the class path of the last run
#   MIGE_SCREENSHOTS=DIR      saves screenshots
#   MIGE_TEST_MODEL=embedded  tests with the shipped model (default: a tiny model with random weights)
set -eu
cd "$(dirname "$0")"
if ! command -v "${CHROMIUM:-chromium}" >/dev/null; then
  echo "installing chromium"
  (apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium) >/dev/null
fi
[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --silent --ignore-scripts
MIGE_CLASSPATH_FILE=$(./class-path.sh)
export MIGE_CLASSPATH_FILE
[ $# -gt 0 ] || set -- *.test.mjs
exec node --test --test-concurrency=2 --test-reporter=spec "$@"
