#!/usr/bin/env bash
# Installs what aigw builds with, on Debian 12: packages, and two libraries that Debian ships without archives (simdjson,
# cpp-httplib) as the distribution's own source packages into the build cache. Silent and quick when all is there.
#   --tests   also what only the tests and benchmarks use
#   --ci      also what only .ci/run uses
#   --update  brings what is here already to the distribution's newest versions
#   --check   tests versions, and that each library links in the form that docs/dependencies.md gives
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(
  g++ cmake ninja-build ccache dpkg-dev ca-certificates curl
  libboost1.81-dev libssl-dev libsqlite3-dev libsqlitecpp-dev zlib1g-dev libzstd-dev
  nlohmann-json3-dev libtomlplusplus-dev libcli11-dev libfmt-dev libspdlog-dev doctest-dev
)
test_packages=(python3 python3-venv nginx-light wrk git clang-format mandoc)
ci_packages=(clang-16 libclang-rt-16-dev)
cache="${AIGW_BUILD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/aigw-build}"

missing_packages() {
  local installed
  installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${packages[@]}" 2>/dev/null | awk '$2 == "installed" {print $1}' || true)
  for p in "${packages[@]}"; do grep -qxF "$p" <<<"$installed" || echo "$p"; done
}

install_packages() {
  local missing
  missing=$(missing_packages | xargs)
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" != 0 ]; then
    echo "install-deps.sh: these packages are missing: $missing" >&2
    echo "Install them, or run this script as root: sudo $0" >&2
    exit 1
  fi
  echo "installing: $missing" >&2
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq update
  # shellcheck disable=SC2086
  apt-get -qq install -y --no-install-recommends $missing >/dev/null
}

update_packages() {
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq update
  apt-get -qq install -y --no-install-recommends --only-upgrade "${packages[@]}" libc6 libc6-dev libstdc++-12-dev >/dev/null
}

# The Debian mirror that this machine already uses.
mirror() {
  local sources
  sources=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null || true)
  awk '/^URIs:/ {print $2; found = 1; exit}
       /^deb / {sub(/\[[^]]*\] */, ""); print $2; found = 1; exit}
       END {if (!found) print "http://deb.debian.org/debian"}' <<<"$sources"
}

# source_package NAME SHA256 FILE-GLOB DIRECTORY: the source that Debian serves, with the distribution's patches (security
# fixes are among them). The upstream tarball's sum stands here; apt checks the rest by the archive's signature.
source_package() {
  local name=$1 sha=$2 glob=$3 target=$4 work unpacked tarball
  [ -s "$target/.complete" ] && [ "$mode" != update ] && return
  echo "fetching: $name (source package)" >&2
  mkdir -p "$cache"
  work=$(mktemp -d -p "$cache")
  mkdir "$work/lists" "$work/got"
  printf 'Types: deb-src\nURIs: %s\nSuites: bookworm\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' \
    "$(mirror)" >"$work/src.sources"
  local apt=(-qq -o "Dir::Etc::sourcelist=$work/src.sources" -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::lists=$work/lists" -o APT::Sandbox::User=root)
  apt-get "${apt[@]}" update
  (cd "$work/got" && apt-get "${apt[@]}" source "$name" >/dev/null)
  tarball=$(compgen -G "$work/got/$glob")
  echo "$sha  $tarball" | sha256sum --check --quiet
  unpacked=$(find "$work/got" -mindepth 1 -maxdepth 1 -type d)
  dpkg-parsechangelog -l "$unpacked/debian/changelog" -S Version >"$unpacked/.complete"
  rm -rf "$target" && mv "$unpacked" "$target"
  rm -rf "$work"
}

source_packages() {
  source_package simdjson 156b1bc5eb0561b2bd166b46d191fd3d95a3e709cc63761477d3b7aec2b6e9ed 'simdjson_*.orig.tar.gz' "$cache/simdjson-3.0.1"
  source_package cpp-httplib 8b1a5df569003b6a4f24c68489bbda5c64aec94697bdc9ebba5d79408b2ae7eb 'cpp-httplib_*.orig.tar.xz' "$cache/cpp-httplib-0.11.4"
}

# Builds one small program a library with the targets that the product links, runs it and looks at what it needs.
check() {
  local work=$cache/check
  mkdir -p "$work"
  cmake --fresh -S cmake/check -B "$work" -G Ninja -DCMAKE_CXX_COMPILER_LAUNCHER=ccache >"$work/log" 2>&1 &&
    cmake --build "$work" >>"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
  printf '%-10s %s\n' g++ "$(g++ -dumpfullversion)" cmake "$(cmake --version | awk 'NR == 1 {print $3}')"
  local program failed=0
  for program in "$work"/check_*; do
    local name=${program##*/check_} version foreign
    version=$("$program") || { echo "$name: its program does not run" >&2; failed=1; continue; }
    foreign=$(ldd "$program" | awk '{print $1}' | grep -vE '^(linux-vdso|/lib.*/ld-linux|lib(stdc\+\+|gcc_s|m|c|pthread|dl)\.so)' || true)
    [ -z "$foreign" ] || { echo "$name: wants $foreign at run time; it must be linked in" >&2; failed=1; }
    printf '%-10s %s\n' "$name" "$version"
  done
  exit "$failed"
}

mode=install
for argument in "$@"; do
  case "$argument" in
    --tests) packages+=("${test_packages[@]}") ;;
    --ci) packages+=("${ci_packages[@]}") ;;
    --update) mode=update ;;
    --check) mode=check ;;
    *) echo "usage: $0 [--tests] [--ci] [--update] [--check]" >&2; exit 2 ;;
  esac
done
install_packages
if [ "$mode" = update ]; then update_packages; fi
source_packages
if [ "$mode" = check ]; then check; fi
