#!/usr/bin/env bash
# Fuzzes every target for a while; the last line is `N passed, N failed`.
#   tests/fuzz/run.sh [--seconds S] [TARGET...]     30 s each by default, two at a time
# What broke a target stays in build/fuzz/crashes. Corpora grow in build/fuzz/corpus and begin with the project's fixtures.
set -uo pipefail
cd "$(dirname "$0")/../.."

seconds=30
[ "${1:-}" != --seconds ] || { seconds=$2; shift 2; }
command -v clang++-16 >/dev/null || { echo "tests/fuzz: clang++-16 is missing: apt-get install clang-16 libclang-rt-16-dev" >&2; exit 2; }
targets=("$@")
[ $# -gt 0 ] || mapfile -t targets < <(sed -n 's/^aigw_fuzz(\([a-z_]*\) .*/\1/p' tests/fuzz/CMakeLists.txt)

export CCACHE_SLOPPINESS=pch_defines,time_macros
cmake --preset fuzz >build/fuzz.log 2>&1 && cmake --build build/fuzz --target "${targets[@]/#/fuzz_}" >>build/fuzz.log 2>&1 || {
  tail -n 40 build/fuzz.log
  echo "0 passed, 1 failed"
  exit 1
}
mkdir -p build/fuzz/crashes
python3 tests/fuzz/seed.py build/fuzz/corpus

# Two at a time: fuzz TARGET prints its line, and leaves TARGET in build/fuzz/failed when a property broke.
fuzz() {
  local target=$1 log=build/fuzz/$1.log
  if build/fuzz/tests/fuzz/fuzz_"$target" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
    -artifact_prefix=build/fuzz/crashes/"$target"- build/fuzz/corpus/"$target" >"$log" 2>&1; then
    printf '%-14s %10d runs, %6d in the corpus\n' "$target" "$(awk '/number_of_executed_units/ {print $2}' "$log")" "$(find build/fuzz/corpus/"$target" -type f | wc -l)"
  else
    touch build/fuzz/failed/"$target"
    echo "FAIL  $target: see $log"
    tail -n 25 "$log"
  fi
}
export -f fuzz
export seconds
rm -rf build/fuzz/failed && mkdir -p build/fuzz/failed
printf '%s\n' "${targets[@]}" | xargs -P 2 -I{} bash -c 'fuzz {}'

failed=$(find build/fuzz/failed -type f | wc -l)
echo "$((${#targets[@]} - failed)) passed, $failed failed"
[ "$failed" = 0 ]
