# The stages of tests/run.sh, .ci/run and tests/nightly.sh: sourced, from the project's root, by a script that has set `stages`
# (every stage in its order) and hands on its arguments (the stages that are wanted, none for all).
# Each stage prints one line; what failed is printed under it, and stands in build/test-logs/STAGE.log.
wanted=("$@")
[ $# -gt 0 ] || wanted=("${stages[@]}")
for stage in "${wanted[@]}"; do
  if ! printf '%s\n' "${stages[@]}" | grep -qxF -- "$stage"; then
    echo "$0: there is no stage \"$stage\"; there are: ${stages[*]}" >&2
    exit 2
  fi
done

export CCACHE_SLOPPINESS=pch_defines,time_macros

stage_seconds_max=1200
logs=build/test-logs
mkdir -p "$logs"
passed=0 failed=0 skipped=0

wants() { printf '%s\n' "${wanted[@]}" | grep -qxF -- "$1"; }
wants_any() { local s; for s in "$@"; do wants "$s" && return 0; done; return 1; }

# report STAGE PASSED FAILED SKIPPED BEGAN: the stage's line, and its failures.
report() {
  passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
  printf '%-14s %5d passed %4d failed' "$1" "$2" "$3"
  [ "$4" = 0 ] || printf ' %4d skipped' "$4"
  printf '   %4d s\n' $((SECONDS - $5))
  [ "$3" = 0 ] || grep -aE '^FAIL|ERROR|error:|\[  FAILED' "$logs/$1.log" | head -40
}

# step NAME COMMAND...: has to work; it counts only when it fails, and then nothing after it makes sense.
step() {
  local name=$1 began=$SECONDS
  shift
  if "$@" >"$logs/$name.log" 2>&1 </dev/null; then
    printf '%-14s %30s %6d s\n' "$name" "" $((SECONDS - began))
  else
    tail -n 60 "$logs/$name.log"
    echo "$name failed; see $logs/$name.log"
    echo "$passed passed, $((failed + 1)) failed"
    exit 1
  fi
}

# stage NAME COMMAND...: a program that ends with `N passed, N failed[, N skipped]`. One that dies, hangs or says nothing
# has failed.
stage() {
  local name=$1 began=$SECONDS code line
  wants "$name" || return 0
  shift
  timeout --kill-after=10 "$stage_seconds_max" "$@" >"$logs/$name.log" 2>&1 </dev/null
  code=$?
  line=$(grep -aE '^[0-9]+ passed, [0-9]+ failed' "$logs/$name.log" | tail -n 1)
  if [ -z "$line" ] || { [ "$code" != 0 ] && [[ "$line" == *" 0 failed"* ]]; }; then
    echo "FAIL  $name ended with $code: $(tail -n 3 "$logs/$name.log" | tr '\n' ' ')" >>"$logs/$name.log"
    line="0 passed, 1 failed"
  fi
  # shellcheck disable=SC2046
  report "$name" $(sed -E 's/^([0-9]+) passed, ([0-9]+) failed(, ([0-9]+) skipped)?.*/\1 \2 0\4/' <<<"$line" | awk '{print $1, $2, $3 + 0}') "$began"
}

# doctests NAME PROGRAM...: doctest programs, two at a time, their cases summed up.
doctests() {
  local name=$1 began=$SECONDS program
  wants "$name" || return 0
  shift
  : >"$logs/$name.log"
  local scratch
  scratch=$(mktemp -d)
  printf '%s\n' "$@" | xargs -P 2 -I{} sh -c \
    '"$1" >"$2/$(basename "$1").out" 2>&1 </dev/null || echo "$(basename "$1") $?" >>"$2/bad"' _ {} "$scratch"
  local good=0 bad=0
  for program in "$@"; do
    local out line
    out="$scratch/$(basename "$program").out"
    cat "$out" >>"$logs/$name.log"
    line=$(grep -aE '^\[doctest\] test cases:' "$out" | tail -n 1)
    if [ -z "$line" ]; then
      bad=$((bad + 1))
      echo "FAIL  $(basename "$program") ended without a summary" >>"$logs/$name.log"
    else
      good=$((good + $(sed -E 's/.*\| *([0-9]+) passed.*/\1/' <<<"$line")))
      bad=$((bad + $(sed -E 's/.*\| *([0-9]+) failed.*/\1/' <<<"$line")))
    fi
  done
  if [ -e "$scratch/bad" ] && [ "$bad" = 0 ]; then
    bad=$(wc -l <"$scratch/bad")
    sed 's/^/FAIL  exit code of /' "$scratch/bad" >>"$logs/$name.log"
  fi
  report "$name" "$good" "$bad" 0 "$began"
  rm -rf "$scratch"
}

# suite NAME COMMAND...: a script of stages; what it prints is shown as it comes.
suite() {
  local name=$1 began=$SECONDS code line
  wants "$name" || return 0
  shift
  "$@" </dev/null 2>&1 | tee "$logs/$name.log"
  code=${PIPESTATUS[0]}
  line=$(tail -n 1 "$logs/$name.log")
  if ! [[ "$line" =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
    echo "FAIL  $name ended with $code and without a sum" >>"$logs/$name.log"
    report "$name" 0 1 0 "$began"
  elif [ "$code" != 0 ] && [ "${BASH_REMATCH[2]}" = 0 ]; then
    echo "FAIL  $name ended with $code" >>"$logs/$name.log"
    report "$name" "${BASH_REMATCH[1]}" 1 0 "$began"
  else
    report "$name" "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" 0 "$began"
  fi
}

build() {  # build PRESET TARGET...
  local preset=$1
  shift
  cmake --preset "$preset" && cmake --build "build/$preset" --target "$@"
}

# unit_targets: the test program of every layer that has tests.
unit_targets() {
  local folder
  for folder in tests/unit/*/; do
    if compgen -G "$folder*_test.cpp" >/dev/null; then echo "test_unit_$(basename "$folder")"; fi
  done
}

# sum_up: the last lines, and the exit code.
sum_up() {
  [ "$skipped" = 0 ] || echo "skipped: $skipped (see $logs)"
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ]
}
