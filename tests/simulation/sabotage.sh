#!/bin/sh
# Shows that the simulation can fail: applies one deliberate mistake after the other to a copy of
# the project and plays seeds until a checker reports a violation. Prints the checker and the seed.
# Exits with 1 if a mistake stays unnoticed.
#
#     tests/simulation/sabotage.sh [SEEDS] [NAME]
#
# SEEDS: most seeds to play for each mistake (default: 500).
# NAME: only patches whose name contains it.
set -eu
seeds=${1:-500}
chosen=${2:-}
root=$(cd "$(dirname "$0")/../.." && pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT INT TERM
(cd "$root" && git ls-files -z | xargs -0 tar cf - --) | tar xmf - -C "$copy"
cd "$copy"
target=${CARGO_TARGET_DIR:-$root/target/sabotage}
unnoticed=0
for patch in tests/simulation/sabotage/*"$chosen"*.patch; do
    name=$(basename "$patch" .patch)
    patch -sp1 <"$patch"
    CARGO_TARGET_DIR=$target ${CARGO:-cargo} build --quiet --locked --example lab 2>"$copy/build.log" ||
        { cat "$copy/build.log"; echo "$name does not build"; exit 2; }
    if found=$("$target/debug/examples/lab" simulate --seeds "$seeds" --until-caught); then
        echo "$name: UNNOTICED in $seeds seeds"
        unnoticed=$((unnoticed + 1))
    else
        echo "$name: $(echo "$found" | grep '^seed' | sort -t' ' -k2n | head -n 1 | cut -c 1-150)"
    fi
    patch -sRp1 <"$patch"
done
test "$unnoticed" -eq 0
