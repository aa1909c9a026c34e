#!/bin/sh
# Compares protos/ with the contracts already given out: the newest release tag, else the commit that protos/given-out
# names (it is moved forward with each release or landing), else the last one that touched them. BREAKING_AGAINST names
# another. Works offline.
set -eu
cd "$(dirname "$0")/.."
git() { command git -c safe.directory='*' "$@"; }
there() { git rev-parse -q --verify "$1^{commit}" >/dev/null 2>&1; }
command -v git >/dev/null && there HEAD || { echo "buf breaking: no git history, nothing to compare with"; exit 0; }
base=${BREAKING_AGAINST:-$(git describe --tags --abbrev=0 --match 'v[0-9]*' 2>/dev/null || cat protos/given-out 2>/dev/null || true)}
if [ -z "$base" ] || ! there "$base"; then
  echo "buf breaking: ${base:-no release} is not in this history; comparing with the last change of the contracts"
  base=$(git log -1 --format=%H -- protos)
fi
[ -n "$base" ] && [ -n "$(git ls-tree -r --name-only "$base" protos | grep '\.proto$' | head -n 1)" ] || { echo "buf breaking: no contracts in history yet"; exit 0; }
old=$(mktemp -d)
trap 'rm -rf "$old"' EXIT
git archive "$base" protos | tar -x -C "$old"
"${BUF:-buf}" breaking protos --against "$old/protos"
