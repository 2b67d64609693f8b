#!/bin/sh
# Runs the rings of the check one after the other, ends with the first that fails, and says how long each took.
# usage: check.sh RING…     (each is a target of the Makefile)
set -eu

began=$(date +%s)
summary=
shown() { # seconds
    if [ "$1" -lt 60 ]; then echo "$1 s"; else echo "$(($1 / 60)) min $(($1 % 60)) s"; fi
}
for ring in "$@"; do
    started=$(date +%s)
    echo "== $ring"
    status=0
    "${MAKE:-make}" --no-print-directory "$ring" || status=$?
    ended=$(date +%s)
    summary="$summary$ring $(shown $((ended - started))) · "
    if [ "$status" -ne 0 ]; then
        echo "== failed in: $ring (${summary% · })" >&2
        exit "$status"
    fi
done
echo "== all green: ${summary}whole $(shown $(($(date +%s) - began)))"
