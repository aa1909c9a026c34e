#!/bin/sh
# Compares protos/ with the contracts already given out: the newest release tag, else the last commit that touched
# them (BREAKING_AGAINST names another). Works offline.
set -eu
cd "$(dirname "$0")/.."
git() { command git -c safe.directory='*' "$@"; }
command -v git >/dev/null && git rev-parse -q --verify HEAD >/dev/null 2>&1 || { echo "buf breaking: no git history, nothing to compare with"; exit 0; }
base=${BREAKING_AGAINST:-}
[ -n "$base" ] || base=$(git describe --tags --abbrev=0 --match 'v[0-9]*' 2>/dev/null || git log -1 --format=%H -- protos)
[ -n "$base" ] && [ -n "$(git ls-tree -r --name-only "$base" protos | grep '\.proto$' | head -n 1)" ] || { echo "buf breaking: no contracts in history yet"; exit 0; }
old=$(mktemp -d)
trap 'rm -rf "$old"' EXIT
git archive "$base" protos | tar -x -C "$old"
"${BUF:-buf}" breaking protos --against "$old/protos"
