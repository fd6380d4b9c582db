#!/usr/bin/env bash
# From a fresh clone to a running gateway: installs what the build needs, builds the release, and serves a demo that
# needs no key and no network. Arguments go on to `aigw serve --demo`.
set -euo pipefail
cd "$(dirname "$0")/.."

packaging/install-deps.sh
export CCACHE_SLOPPINESS=pch_defines,time_macros  # as tests/run.sh
[ -f build/release/build.ninja ] || cmake --preset release >&2
cmake --build --preset release >&2
exec build/release/aigw serve --demo "$@"
