#!/usr/bin/env bash
# The long forms of what .ci/run samples, some hours; the last line is `N passed, N failed`.
#   tests/nightly.sh                    every stage
#   tests/nightly.sh fuzz coverage      these stages
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
stages=(ci clients kill9 migration tsan races fuzz coverage mutations)
. tests/stages.sh
stage_seconds_max=14400

step install packaging/install-deps.sh --tests --ci
suite ci .ci/run
suite clients tests/clients.sh
wants kill9 && step build-release build release aigw
stage kill9 tests/e2e/kill9.py --rounds 200
if wants migration; then
  step build-store build dev test_unit_store
  AIGW_TEST_ROWS=1000000 doctests migration build/dev/tests/test_unit_store
fi
if wants tsan; then
  step build-tsan build tsan test_unit_ledger test_unit_store test_unit_policy test_unit_base
  doctests tsan build/tsan/tests/test_*
fi
if wants races; then
  step build-races build tsan aigw
  stage races env AIGW=build/tsan/aigw tests/e2e/sanitized.py
fi
stage fuzz tests/fuzz/run.sh --seconds 1200
stage coverage tests/coverage.sh
stage mutations tests/mutations/run.py

sum_up
