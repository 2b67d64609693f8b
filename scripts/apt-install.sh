#!/bin/sh
# Installs Debian packages without starting the services they bring.
# usage: apt-install.sh [--say] PACKAGE…
#   a|b     the first of them that this release knows
#   --say   only print the line that would install them
set -eu

known() { # the name this release has for each package
    for wanted in "$@"; do
        chosen=
        for name in $(echo "$wanted" | tr '|' ' '); do
            if apt-cache show "$name" >/dev/null 2>&1; then
                chosen=$name
                break
            fi
        done
        echo "${chosen:-${wanted%%|*}}"
    done
}

if [ "$1" = --say ]; then
    shift
    # shellcheck disable=SC2046
    echo "sudo apt-get install --no-install-recommends" $(known "$@")
    exit
fi
if [ "$(id -u)" -ne 0 ]; then
    exec sudo -n sh "$0" "$@"
fi

log=$(mktemp)
policy=/usr/sbin/policy-rc.d
ours=no
tidy() {
    rm -f "$log"
    if [ "$ours" = yes ]; then rm -f "$policy"; fi
}
trap tidy EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

export DEBIAN_FRONTEND=noninteractive
apt() {
    if ! apt-get -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 -qq "$@" >"$log" 2>&1 </dev/null; then
        cat "$log" >&2
        return 1
    fi
}

# Debian starts a service as soon as it is installed, unless this file forbids it.
if [ ! -e "$policy" ]; then
    ours=yes
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi

apt update
# shellcheck disable=SC2046
apt install -y --no-install-recommends $(known "$@")
