#!/bin/sh
# Lists the Pythons of this machine that Darkroom supports, oldest first: version, space, path.
# usage: pythons.sh
set -eu

suitable='
import sys
if sys.version_info >= (3, 11):
    import ensurepip, os, platform, venv
    print(platform.python_version(), os.path.realpath(sys.executable))
'
for name in /usr/bin/python3 python3 python3.11 python3.12 python3.13 python3.14 python3.15 \
    "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/python3; do
    if command -v "$name" >/dev/null 2>&1; then
        "$name" -c "$suitable" 2>/dev/null || true
    fi
done | sort -u | sort -t. -k1,1n -k2,2n -k3,3n
