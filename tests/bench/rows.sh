#!/bin/sh
# What a large ledger costs: stats, tail, show and a start over a million requests, and with --large over ten million.
# Prints the best of several runs, since it is the program and not the machine that is asked; asserts nothing.
#   tests/bench/rows.sh [--large] [--write] [--runs N] [--aigw PROGRAM] [--fill PROGRAM] [--keep FOLDER]
# It needs build/release/aigw, and fill_ledger beside it:
#   cmake --preset release -DAIGW_TESTS=ON && cmake --build build/release --target aigw fill_ledger
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
exec python3 "$root/tests/bench/rows.py" --root "$root" "$@"
