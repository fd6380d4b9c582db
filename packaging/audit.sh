#!/usr/bin/env bash
# Lists every library that is linked into aigw, with version and licence, and asks the distribution for updates of them.
# The list is the table of docs/dependencies.md. The last line is `N passed, N failed[, N skipped]`.
#   --spdx FILE     also writes it as an SPDX 2.3 document (JSON)
#   --offline-ok    ends with 0 when the distribution cannot be asked
# Exit codes: 0 all are up to date, 1 one is missing or has an update that is not installed, 2 usage, 3 could not ask.
set -euo pipefail
cd "$(dirname "$0")/.."

spdx='' offline_code=3
while [ $# -gt 0 ]; do
  case "$1" in
    --spdx) spdx=${2:?audit.sh: --spdx needs a file}; shift ;;
    --offline-ok) offline_code=0 ;;
    *) echo "usage: $0 [--spdx FILE] [--offline-ok]" >&2; exit 2 ;;
  esac
  shift
done
cache="${AIGW_BUILD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/aigw-build}"
lists="$cache/audit"

# library, package, licence and form of each row, but for what only tests link.
libraries() {
  awk -F' *[|] *' '$3 ~ /^`/ && NF == 9 && $7 != "`tests/`" {gsub(/`/, "", $3); print $2 "|" $3 "|" $5 "|" $6}' docs/dependencies.md
}

# One URI of this machine's sources whose suite matches; the distribution's own when there is none.
mirror() {  # mirror SUITE DEFAULT
  local sources
  sources=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null || true)
  awk -v suite="$1" -v fallback="$2" '
    /^URIs:/ {uri = $2}
    /^Suites:/ {for (i = 2; i <= NF; ++i) if ($i == suite) {print uri; found = 1; exit}}
    /^deb / {sub(/\[[^]]*\] */, ""); if ($3 == suite) {print $2; found = 1; exit}}
    END {if (!found) print fallback}' <<<"$sources"
}

apt=(-o "Dir::Etc::sourcelist=$lists/audit.sources" -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::lists=$lists/lists"
  -o APT::Sandbox::User=root -o APT::Update::Error-Mode=any -o Acquire::Retries=1 -o Acquire::http::Timeout=20)

# Brings the lists of the distribution, in a folder of our own: needs no root and leaves the machine's alone.
ask_distribution() {
  local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  mkdir -p "$lists/lists"
  printf 'Types: deb deb-src\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n\n' \
    "$(mirror bookworm http://deb.debian.org/debian)" 'bookworm bookworm-updates' "$keyring" \
    "$(mirror bookworm-security http://deb.debian.org/debian-security)" bookworm-security "$keyring" >"$lists/audit.sources"
  apt-get -qq "${apt[@]}" update >"$lists/update.log" 2>&1
}

# What is built in: a package's version as installed, or as install-deps.sh fetched its source.
built_version() {  # built_version PACKAGE FORM
  if [[ "$2" == *"from source"* ]]; then
    cat "$cache/$1"-*/.complete 2>/dev/null || true
  else
    dpkg-query -W -f '${db:Status-Status} ${Version}\n' "$1" 2>/dev/null | sed -n 's/^installed //p' || true
  fi
}

# What the distribution has, one `package version suite kind` a line.
offers() {
  apt-cache "${apt[@]}" madison "$@" 2>/dev/null | awk -F' *[|] *' '{sub(/^ */, "", $1); split($3, where, " "); print $1, $2, where[2], $NF ~ /Sources/ ? "source" : "binary"}'
}
# The newest version of it, with its suite.
newest() {  # newest PACKAGE FORM
  local kind=binary best='' from='' name version suite this
  [[ "$2" != *"from source"* ]] || kind=source
  while read -r name version suite this; do
    [ "$name" = "$1" ] && [ "$this" = "$kind" ] || continue
    if [ -z "$best" ] || dpkg --compare-versions "$version" gt "$best"; then best=$version from=$suite; fi
  done <<<"$offered_by_all"
  echo "$best $from"
}

# write_spdx: reads `library|package|licence|form|version` lines.
write_spdx() {
  local version created
  version=$(sed -n 's/^project(aigw VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
  created=$(date -u -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}" +%Y-%m-%dT%H:%M:%SZ)
  local packages relations='' id link library package licence form built
  packages=$(printf '    {"SPDXID": "SPDXRef-aigw", "name": "aigw", "versionInfo": "%s", "downloadLocation": "NOASSERTION", "filesAnalyzed": false, "licenseConcluded": "Apache-2.0", "licenseDeclared": "Apache-2.0", "copyrightText": "NOASSERTION", "primaryPackagePurpose": "APPLICATION"}' "$version")
  while IFS='|' read -r library package licence form built; do
    id=SPDXRef-$(tr -c 'A-Za-z0-9.\n' - <<<"$package")
    link=STATIC_LINK
    [ "$form" != shared ] || link=DYNAMIC_LINK
    packages+=$(printf ',\n    {"SPDXID": "%s", "name": "%s", "versionInfo": "%s", "supplier": "Organization: Debian", "downloadLocation": "NOASSERTION", "filesAnalyzed": false, "licenseConcluded": "NOASSERTION", "licenseDeclared": "%s", "copyrightText": "NOASSERTION", "summary": "%s", "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "pkg:deb/debian/%s@%s?distro=bookworm"}]}' \
      "$id" "$package" "$built" "$licence" "$library" "$package" "${built//+/%2B}")
    relations+=$(printf ',\n    {"spdxElementId": "SPDXRef-aigw", "relationshipType": "%s", "relatedSpdxElement": "%s"}' "$link" "$id")
  done
  cat <<END
{
  "spdxVersion": "SPDX-2.3",
  "dataLicense": "CC0-1.0",
  "SPDXID": "SPDXRef-DOCUMENT",
  "name": "aigw-$version",
  "documentNamespace": "https://spdx.invalid/aigw-$version-$created",
  "creationInfo": {"created": "$created", "creators": ["Tool: aigw-audit"]},
  "packages": [
$packages
  ],
  "relationships": [
    {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-aigw"}$relations
  ]
}
END
}

asked=yes offered_by_all=''
ask_distribution || asked=no
if [ "$asked" = yes ]; then
  mapfile -t names < <(libraries | cut -d'|' -f2)
  offered_by_all=$(offers "${names[@]}")
fi
passed=0 failed=0 skipped=0 inventory=''
while IFS='|' read -r library package licence form; do
  built=$(built_version "$package" "$form")
  inventory+="$library|$package|$licence|$form|$built"$'\n'
  if [ -z "$built" ]; then
    verdict="FAIL  $package is not here: run packaging/install-deps.sh" failed=$((failed + 1))
  elif [ "$asked" = no ]; then
    verdict='not asked' skipped=$((skipped + 1))
  else
    read -r offered suite <<<"$(newest "$package" "$form")"
    if [ -z "$offered" ]; then
      verdict='not asked: the distribution does not list it' skipped=$((skipped + 1))
    elif dpkg --compare-versions "$offered" gt "$built"; then
      verdict="FAIL  $package has an update: $offered${suite:+ from $suite}; run packaging/install-deps.sh --update and build anew"
      failed=$((failed + 1))
    else
      verdict='up to date' passed=$((passed + 1))
    fi
  fi
  printf '%-26s %-20s %-26s %-40s %s\n' "$library" "$package" "$built" "$licence" "${verdict#FAIL  }"
  [[ "$verdict" != FAIL* ]] || printf '%s\n' "$verdict" >&2
done < <(libraries)

if [ -n "$spdx" ]; then
  printf %s "$inventory" | write_spdx >"$spdx"
fi
if [ "$asked" = no ]; then
  echo "Could not ask the distribution for updates: $(tail -n 1 "$lists/update.log"). Nothing is known of them; try again online." >&2
fi
echo "$passed passed, $failed failed$([ "$skipped" = 0 ] || echo ", $skipped skipped")"
[ "$failed" = 0 ] || exit 1
[ "$asked" = yes ] || exit "$offline_code"
