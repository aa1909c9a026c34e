#!/bin/sh
# Makes .venv from uv.lock. Usage: tools/install.sh [uv sync options]
# Needs Python >= 3.11 and nothing else: uv comes from PyPI when the machine has none.
set -eu
cd "$(dirname "$0")/.."

say() { printf 'omo: %s\n' "$*" >&2; }
stop() { say "$*"; exit 1; }

# --- a Python that is new enough (macOS ships an old python3; Homebrew's are named with their version)
fits='import sys; sys.exit(not (3, 11) <= sys.version_info[:2])'
python=
for name in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    if command -v "$name" >/dev/null 2>&1 && "$name" -c "$fits" 2>/dev/null; then
        python=$(command -v "$name")
        break
    fi
done
[ -n "$python" ] || stop "Python 3.11 or newer is needed. Debian/Ubuntu: apt-get install python3 python3-venv; macOS: brew install python@3.12"

# --- uv: the machine's own, else one beside the environment
uv=$(command -v uv || true)
if [ -z "$uv" ] && [ -x .uv/bin/uv ]; then uv=.uv/bin/uv; fi
if [ -z "$uv" ]; then
    say "fetching uv from PyPI"
    rm -rf .uv
    if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        "$python" -m venv .uv || stop "$python could not make a virtual environment in $(pwd)/.uv"
        .uv/bin/python -m pip install -q --disable-pip-version-check 'uv>=0.9,<1' \
            || stop "uv could not be fetched: is PyPI reachable? (a proxy or mirror is taken from pip's own settings)"
        uv=.uv/bin/uv
    elif "$python" -m pip --version >/dev/null 2>&1; then
        "$python" -m pip install -q --disable-pip-version-check --target .uv 'uv>=0.9,<1' \
            || stop "uv could not be fetched: is PyPI reachable? (a proxy or mirror is taken from pip's own settings)"
        uv=.uv/bin/uv
    else
        stop "$python has neither ensurepip nor pip. Debian/Ubuntu: apt-get install python3-venv; then run the same command again"
    fi
fi

# --- the environment, exactly as locked; never a downloaded interpreter
say "installing what uv.lock names into .venv (the first time takes a minute)"
if [ -x .venv/bin/python ] && .venv/bin/python -c "$fits"; then python=.venv/bin/python; fi
UV_PROJECT_ENVIRONMENT=.venv UV_PYTHON_DOWNLOADS=never \
    "$uv" sync --locked --inexact --python "$python" "$@" \
    || stop "the install failed; the lines above say which package. No wheel for this platform: see 'Platforms' in README.md. Lock out of date: run '$uv lock'"
