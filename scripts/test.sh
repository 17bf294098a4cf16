#!/bin/sh
# Everything that must hold: types, lint, and all tests. Prints the closing line last, in which a
# failed check counts as a failed test. Arguments go to vitest, and are the whole choice of tests.
set -u
cd "$(dirname "$0")/.." || exit 1
# Also where it is called without npm: the Node that npm ci installed goes before an older one.
PATH=$PWD/node_modules/.bin:$PATH
export PATH
scratch=$(mktemp -d)
beside=
clean_up() {
  [ -z "$beside" ] || kill "$beside" 2>/dev/null
  rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

passed=0
failed=0
check() {
  name=$1
  shift
  if "$@"; then
    echo "$name: ok"
  else
    echo "$name: FAILED" >&2
    failed=$((failed + 1))
  fi
}

# Runs vitest, which leaves its counts in a file of that name.
run_tests() {
  # Not KATYDID_…: that would be an option of every katydid that a test starts.
  report=$scratch/$1
  shift
  CLOSING_LINE_REPORT=$report node_modules/.bin/vitest run "$@"
}

# Adds the counts of a vitest that ended with a status.
add_counts() {
  counts=$(cat "$scratch/$1" 2>/dev/null)
  passed_here=${counts%% *}
  failed_here=${counts##* }
  if [ -z "$counts" ] || { [ "$2" -ne 0 ] && [ "$failed_here" -eq 0 ]; }; then
    # The runner itself came to grief.
    failed_here=$((${failed_here:-0} + 1))
  fi
  passed=$((passed + ${passed_here:-0}))
  failed=$((failed + failed_here))
}

check build npm run --silent build
check types node_modules/.bin/tsc -p tsconfig.json --noEmit
check lint node_modules/.bin/biome check --error-on-warnings .
if [ $# -gt 0 ]; then
  run_tests chosen "$@"
  add_counts chosen $?
else
  # The end-to-end tests run one after the other and mostly wait, so that one worker is free for all
  # other tests meanwhile. What they print follows in one piece.
  run_tests e2e --project e2e >"$scratch/e2e.out" 2>&1 &
  beside=$!
  run_tests others --project '!e2e' --maxWorkers 1
  add_counts others $?
  wait "$beside"
  status=$?
  beside=
  cat "$scratch/e2e.out"
  add_counts e2e $status
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
