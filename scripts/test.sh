#!/bin/sh
# Everything that must hold: types, lint, and all tests. Prints the closing line last, in which a
# failed check counts as a failed test.
set -u
cd "$(dirname "$0")/.." || exit 1
# Also where it is called without npm: the Node that npm ci installed goes before an older one.
PATH=$PWD/node_modules/.bin:$PATH
export PATH
failed_checks=0
check() {
  name=$1
  shift
  if "$@"; then
    echo "$name: ok"
  else
    echo "$name: FAILED" >&2
    failed_checks=$((failed_checks + 1))
  fi
}
check build npm run --silent build
check types node_modules/.bin/tsc -p tsconfig.json --noEmit
check lint node_modules/.bin/biome check --error-on-warnings .
report=$(mktemp)
trap 'rm -f "$report"' EXIT
# Not KATYDID_…: that would be an option of every katydid that a test starts.
CLOSING_LINE_REPORT=$report node_modules/.bin/vitest run "$@"
status=$?
counts=$(cat "$report")
passed=${counts%% *}
failed=${counts##* }
if [ -z "$counts" ] || { [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; }; then
  # The runner itself came to grief.
  failed=$((${failed:-0} + 1))
fi
failed=$((failed + failed_checks))
echo "${passed:-0} passed, $failed failed"
[ "$failed" -eq 0 ]
