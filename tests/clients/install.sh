#!/usr/bin/env bash
# Installs real clients into build/clients, once for each version of the files that pin them.
#   tests/clients/install.sh python     the SDKs of requirements.txt, into venv
#   tests/clients/install.sh node       the SDKs, agents and Node of package.json, into node_modules
#   tests/clients/install.sh claude     of these only Claude Code, into claude/node_modules
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
clients="${AIGW_CLIENTS:-$here/../../build/clients}"
mkdir -p "$clients"

install_python() {
  rm -rf "$clients/venv"
  python3 -m venv "$clients/venv"
  "$clients/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
}

install_node() {
  cp "$here/package.json" "$clients"
  (cd "$clients" && npm install --no-audit --no-fund --loglevel=error)
}

install_claude() {
  local name=@anthropic-ai/claude-code
  mkdir -p "$clients/claude"
  cd "$clients/claude"
  echo '{"private": true}' >package.json  # else npm takes that of a folder above
  npm install --no-audit --no-fund --loglevel=error "$name@$(sed -nE "s|.*\"$name\": \"(.*)\".*|\1|p" "$here/package.json")"
}

case "${1:-}" in
  python) pins="$here/requirements.txt" ;;
  node | claude) pins="$here/package.json" ;;
  *)
    sed -n 's/^#   /usage: /p' "$0" >&2
    exit 2
    ;;
esac
mark="$clients/.$1-$(sha256sum "$pins" | cut -c1-12)"
if [ ! -e "$mark" ]; then
  "install_$1"
  touch "$mark"
fi
