#!/bin/sh
# Speed, side by side on this machine: nginx proxy_pass, aigw with key and ledger, and the direct path.
# Prints medians and asserts nothing about time.
#   tests/bench/run.sh [SECTION...] [--quick] [--write] [--rounds N] [--seconds S] [--connections 1,16,64,1000] [--aigw PROGRAM]
# Sections: requests durability-full agent-requests tls-to-the-provider streams translations start-and-size idle-connections ten-minutes
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
for tool in wrk nginx openssl g++ python3; do
  command -v "$tool" >/dev/null || { echo "bench: $tool is missing: apt-get install $tool" >&2; exit 2; }
done
case " $* " in
*" --aigw "*) ;;
*)
  [ -x "$root/build/release/aigw" ] || {
    echo "bench: build/release/aigw is missing: cmake --preset release && cmake --build --preset release" >&2
    exit 2
  }
  ;;
esac
exec python3 "$root/tests/bench/bench.py" --root "$root" "$@"
