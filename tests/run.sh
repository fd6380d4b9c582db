#!/usr/bin/env bash
# Installs, builds and runs every test; the last line is `N passed, N failed`.
#
#   tests/run.sh                 everything
#   tests/run.sh unit golden     these stages; what they need is built first
#
# AIGW_TEST_PRESET=asan builds the unit, gateway and translation tests with sanitizers instead of the preset dev.
# Fuzzing and what else takes long: .ci/run and tests/nightly.sh.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
without_program=(house unit gateway translate pairs roundtrip architecture)
with_program=(cli http bodies golden faults e2e readme clients agents processes config trouble canary kill9 costs)
stages=("${without_program[@]}" "${with_program[@]}")
. tests/stages.sh

preset=${AIGW_TEST_PRESET:-dev}
export TRANSLATE=build/$preset/tests/translate

step install packaging/install-deps.sh --tests
stage house tests/house/run.py
# shellcheck disable=SC2046
wants_any unit gateway translate pairs roundtrip architecture && step "build-$preset" build "$preset" $(unit_targets) test_gateway translate
wants_any "${with_program[@]}" && step build-release build release aigw

doctests unit "build/$preset"/tests/test_unit_*
doctests gateway "build/$preset/tests/test_gateway"
stage translate tests/translate/wire.py
stage pairs tests/translate/pairs.py
stage roundtrip tests/translate/there_and_back.py
stage architecture tests/architecture/run.sh
stage cli tests/cli/run.py
stage http tests/http_cases/run.py
stage bodies tests/bad_bodies/run.py
stage golden tests/golden/run.py
stage faults tests/faults/run.py
if wants_any e2e readme; then
  step sdk-install tests/e2e/venv.sh
  stage e2e "$(tests/e2e/venv.sh)" tests/e2e/sdk.py
  stage readme "$(tests/e2e/venv.sh)" tests/e2e/readme.py
fi
if wants clients; then
  step sdk-install tests/e2e/venv.sh
  stage clients "$(tests/e2e/venv.sh)" tests/clients/sdks.py openai-chat-py openai-responses-py anthropic-py google-genai-py
fi
if wants agents; then
  tests/clients/install.sh claude >"$logs/claude-install.log" 2>&1 || echo "no Claude Code: see $logs/claude-install.log"
  stage agents tests/clients/agents.py claude
fi
stage processes tests/e2e/processes.py
stage config tests/e2e/config.py
stage trouble tests/e2e/trouble.py
stage canary tests/e2e/canary.py
stage kill9 tests/e2e/kill9.py
stage costs tests/e2e/path_costs.py

sum_up
