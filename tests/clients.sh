#!/usr/bin/env bash
# Real SDKs and real coding agents on a provider of each dialect; the last line is `N passed, N failed`.
#   tests/clients.sh             everything
#   tests/clients.sh agents      this stage
# Clients come from PyPI and npm. tests/run.sh has one SDK a dialect and one agent of these.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
stages=(sdks agents)
. tests/stages.sh

step install packaging/install-deps.sh
step build-release build release aigw
step clients-node tests/clients/install.sh node
if wants sdks; then
  step clients-python tests/clients/install.sh python
  stage sdks build/clients/venv/bin/python tests/clients/sdks.py
fi
stage agents tests/clients/agents.py

sum_up
