#!/usr/bin/env bash
# The architecture checks in the form that tests/run.sh sums up.
cd "$(dirname "$0")" || exit 1
good=0 bad=0
for arguments in "" --selftest; do
  # shellcheck disable=SC2086
  if said=$(python3 check.py $arguments); then
    good=$((good + 1))
  else
    bad=$((bad + 1))
    sed 's/^/FAIL  /' <<<"$said"
  fi
done
echo "$good passed, $bad failed"
[ "$bad" = 0 ]
