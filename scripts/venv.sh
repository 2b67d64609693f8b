#!/bin/sh
# Brings the virtual environment up to its lock files; does nothing when they have not changed.
# Exact versions and hashes decide what is installed, never what an index has by now: hence --no-deps.
# usage: venv.sh run|dev     (VENV=.venv names the folder, PYTHON=… the interpreter)
set -eu
cd "$(dirname "$0")/.."
kind=$1
venv=${VENV:-.venv}
installed=$venv/.installed # copies of what was installed last

say() { echo "· $*"; }
fail() {
    echo "darkroom: $*" >&2
    exit 1
}

new_enough='import sys; sys.exit(sys.version_info < (3, 11))'
has_venv='import ensurepip, venv'

make_venv() {
    old= bare=
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
        version=$("$candidate" -c 'import platform; print(platform.python_version())' 2>/dev/null) || continue
        if ! "$candidate" -c "$new_enough" 2>/dev/null; then
            old="${old:-$candidate is $version}"
        elif ! "$candidate" -c "$has_venv" 2>/dev/null; then
            bare="${bare:-$candidate $version}"
        else
            say "making $venv with Python $version"
            "$candidate" -m venv --clear "$venv"
            return
        fi
    done
    if [ -n "$bare" ]; then
        fail "$bare has no venv module: sudo apt-get install python3-venv (or your system's package of it)"
    fi
    fail "Python 3.11 or newer is needed (${old:-no python3 found}); name one: make $kind PYTHON=/path/to/python3"
}

pip() { "$venv/bin/python" -m pip --disable-pip-version-check --no-input -q "$@"; }
uv() { "$venv/bin/uv" pip install -q --system-certs --no-config --python "$venv/bin/python" "$@"; }

# uv takes seconds where pip takes a minute. It does not read pip's settings, so where only those name an index, pip it is.
install() { # options of both for what is wanted
    if [ -x "$venv/bin/uv" ]; then
        uv --no-deps "$@" 2>"$installed/uv.log" && return
    fi
    say "uv could not do it; pip takes over"
    pip install --no-deps "$@" || {
        sed 's/^/uv: /' "$installed/uv.log" >&2
        return 1
    }
}

lock() { # what for, lock file
    if ! cmp -s "$2" "$installed/$2"; then
        say "installing $1 ($(grep -c '==' "$2") locked packages)"
        install --require-hashes -r "$2" || fail "could not install $2 (the reasons are above)"
        cp "$2" "$installed/$2"
    fi
}

installer() {
    if ! cmp -s requirements-installer.lock "$installed/requirements-installer.lock"; then
        say "installing the installer (uv)"
        pip install --no-deps --require-hashes --only-binary :all: -r requirements-installer.lock 2>"$installed/uv.log" ||
            return 0 # no wheel for this system, say: pip does all of it
        cp requirements-installer.lock "$installed/requirements-installer.lock"
    fi
}

# A virtual environment knows its own path and its Python: after a move or an upgrade it is made anew.
here=$(pwd)
made_at=$(cat "$installed/path" 2>/dev/null || echo "$here")
if [ "$made_at" != "$here" ] || ! "$venv/bin/python" -c "import pip; $new_enough" 2>/dev/null; then
    make_venv
fi
mkdir -p "$installed"
echo "$here" >"$installed/path"

installer
lock "the build tools" requirements-build.lock
if [ "$kind" = dev ]; then
    lock "the libraries and the test tools" requirements-dev.lock
    cp requirements.lock "$installed/requirements.lock" # it is part of the other
else
    lock "the libraries" requirements.lock
fi
if ! cmp -s pyproject.toml "$installed/pyproject.toml" || ! [ -x "$venv/bin/darkroom" ]; then
    say "installing darkroom itself"
    # Its distribution was called `darkroom` once; under both names the same files would have two owners.
    ! pip show darkroom >/dev/null 2>&1 || pip uninstall -y darkroom
    install --no-index --no-build-isolation -e . || fail "could not install the project (the reasons are above)"
    cp pyproject.toml "$installed/pyproject.toml"
fi
