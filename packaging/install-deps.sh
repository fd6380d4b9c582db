#!/usr/bin/env bash
# Installs what aigw builds and tests with, on Debian 12: packages, and two libraries that Debian ships without
# archives (simdjson, cpp-httplib) as the distribution's own source packages into the build cache.
# Silent and quick when all is there.   --check: tests versions and that each library links (docs/dependencies.md).
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(
  g++ cmake ninja-build ccache pkg-config dpkg-dev ca-certificates curl python3 python3-venv
  libboost1.81-dev libssl-dev libsqlite3-dev libsqlitecpp-dev zlib1g-dev libzstd-dev
  nlohmann-json3-dev libtomlplusplus-dev libcli11-dev libfmt-dev libspdlog-dev doctest-dev
)
cache="${AIGW_BUILD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/aigw-build}"
simdjson="$cache/simdjson-3.0.1"
httplib="$cache/cpp-httplib-0.11.4"

missing_packages() {
  local installed
  installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${packages[@]}" 2>/dev/null | awk '$2 == "installed" {print $1}')
  for p in "${packages[@]}"; do grep -qx "$p" <<<"$installed" || echo "$p"; done
}

# source_package NAME SHA256 FILE-GLOB DIRECTORY: the pristine upstream tarball that Debian serves, unpacked.
source_package() {
  local name=$1 sha=$2 glob=$3 target=$4 work
  [ -e "$target/.complete" ] && return
  work=$(mktemp -d)
  mkdir -p "$work/lists" "$cache"
  printf 'Types: deb-src\nURIs: %s\nSuites: bookworm\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' \
    "$(mirror)" >"$work/src.sources"
  local apt=(-qq -o "Dir::Etc::sourcelist=$work/src.sources" -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::lists=$work/lists" -o APT::Sandbox::User=root)
  apt-get "${apt[@]}" update
  (cd "$work" && apt-get "${apt[@]}" source --download-only "$name")
  local tarball
  tarball=$(compgen -G "$work/$glob")
  echo "$sha  $tarball" | sha256sum --check --quiet
  rm -rf "$target" && mkdir -p "$target"
  tar -xf "$tarball" -C "$target" --strip-components=1
  touch "$target/.complete"
  rm -rf "$work"
}

mirror() {
  awk '/^URIs:/ {print $2; exit} /^deb / {print $2; exit}' /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null | grep . || echo http://deb.debian.org/debian
}

check() {
  exec cmake -P cmake/CheckDependencies.cmake
}

[ "${1:-}" = --check ] && check

need=$(missing_packages)
if [ -n "$need" ]; then
  [ "$(id -u)" = 0 ] || { echo "install-deps.sh: run as root, or install these packages first:" $need >&2; exit 1; }
  echo "installing:" $need >&2
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq update
  apt-get -qq install -y --no-install-recommends $need >/dev/null
fi
source_package simdjson 156b1bc5eb0561b2bd166b46d191fd3d95a3e709cc63761477d3b7aec2b6e9ed 'simdjson_*.orig.tar.gz' "$simdjson"
source_package cpp-httplib 8b1a5df569003b6a4f24c68489bbda5c64aec94697bdc9ebba5d79408b2ae7eb 'cpp-httplib_*.orig.tar.xz' "$httplib"
