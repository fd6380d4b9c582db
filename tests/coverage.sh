#!/usr/bin/env bash
# Which lines of src, adapters and cli the tests reach, by folder: builds with gcov, runs the unit tests and the black-box tests,
# and fails below 80 % of any of the three. The last line is `N passed, N failed`.
#   KEEP=1 tests/coverage.sh      only the report, of the last run
# The report by line stands in build/coverage/report/, as HTML.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

percent_min=80
cache="${AIGW_BUILD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/aigw-build}"
gcovr=$cache/gcovr/bin/gcovr
[ -x "$gcovr" ] || { python3 -m venv "$cache/gcovr" && "$cache/gcovr/bin/pip" install --quiet --disable-pip-version-check gcovr==8.3; } || exit 1

stages=(all)
. tests/stages.sh
failures=0
run() {  # run PROGRAM...: a failing test is told, and its lines count all the same
  "$@" >"build/coverage/run.log" 2>&1 </dev/null || { failures=$((failures + 1)); echo "FAIL  $*"; tail -n 5 build/coverage/run.log; }
}

if [ "${KEEP:-}" = "" ]; then
  # shellcheck disable=SC2046
  build coverage $(unit_targets) test_gateway aigw >"$logs/build-coverage.log" 2>&1 || { tail -n 40 "$logs/build-coverage.log"; echo "0 passed, 1 failed"; exit 1; }
  find build/coverage -name '*.gcda' -delete
  for program in build/coverage/tests/test_*; do run "$program"; done
  export AIGW=$PWD/build/coverage/aigw
  for tests in tests/cli/run.py tests/http_cases/run.py tests/bad_bodies/run.py tests/golden/run.py tests/faults/run.py tests/e2e/processes.py tests/e2e/canary.py; do
    run "$tests"
  done
fi

report=build/coverage/report
mkdir -p "$report"
"$gcovr" --root . --object-directory build/coverage --filter '(src|adapters|cli)/' --exclude-throw-branches --merge-mode-functions=merge-use-line-min \
  --gcov-ignore-parse-errors=all --html-details "$report/index.html" --json-summary "$report/summary.json" -j 2 >"$report/log" 2>&1 || { tail -n 20 "$report/log"; echo "0 passed, 1 failed"; exit 1; }

python3 - "$report/summary.json" "$percent_min" "$failures" <<'END'
import collections, json, sys
files, least, failures = json.load(open(sys.argv[1]))['files'], float(sys.argv[2]), int(sys.argv[3])
lines = collections.defaultdict(lambda: [0, 0])
for file in files:
    parts = file['filename'].split('/')
    top, folder = parts[0], '/'.join(parts[:2]) if len(parts) > 2 else parts[0]
    for name in {top, folder}:
        lines[name][0] += file['line_covered']
        lines[name][1] += file['line_total']
bad = 0
for name in sorted(lines):
    reached, every = lines[name]
    percent = 100 * reached / every
    low = '/' not in name and percent < least
    bad += low
    print(f'{name:28} {reached:6} of {every:6} lines  {percent:5.1f} %{"   FAIL" if low else ""}')
print(f'{3 - bad} passed, {bad + failures} failed')
sys.exit(1 if bad + failures else 0)
END
