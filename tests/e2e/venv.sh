#!/usr/bin/env bash
# Prints the Python of a virtual environment with the SDKs of requirements.txt; makes it once, in the build cache.
set -euo pipefail
cd "$(dirname "$0")"
cache="${AIGW_BUILD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/aigw-build}"
venv="$cache/venv-$(cat requirements.txt <(python3 -V) | sha256sum | cut -c1-12)"
if [ ! -e "$venv/.complete" ]; then
  rm -rf "$venv"
  mkdir -p "$cache"
  python3 -m venv "$venv" >&2
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r requirements.txt >&2
  touch "$venv/.complete"
fi
echo "$venv/bin/python"
