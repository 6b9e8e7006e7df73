#!/bin/sh
# The whole of flux-conform on one page: prove, draw, judge. `make demo` runs it.
set -eu
cd "$(dirname "$0")/.."
out=demo-output
rm -rf "$out"
mkdir -p "$out"

say() { printf '\n== %s\n\n' "$*"; }

say "Prove what RFC 21 claims of its machine, for logs of any length"
flux-conform prove --witnesses "$out/witnesses"

say "Draw the machine"
flux-conform draw -o "$out/job.svg"
flux-conform draw -o "$out/job.tex"
flux-conform draw lifecycle -o "$out/lifecycle.svg"
flux-conform draw cover examples/real -o "$out/covered.svg"
ls -l "$out"/*.svg "$out"/*.tex | awk '{print $NF, $5, "bytes"}'
flux-conform draw --format text

say "Export the conformance suite, and run it against a reader that shares no code with us"
flux-conform suite export "$out/suite"
flux-conform suite run --suite "$out/suite" -- python3 examples/harness/reader.py

say "Judge real eventlogs, and some that were broken by hand"
code=0
flux-conform check examples/real --allow flux-core || code=$?
[ "$code" -eq 0 ] || { echo "a real log violates: exit code $code" >&2; exit 1; }
flux-conform check examples/broken || code=$?
[ "$code" -eq 1 ] || { echo "the broken logs must violate: exit code $code" >&2; exit 1; }

say "Replay one of them"
flux-conform replay examples/real/killed-by-signal.eventlog

cat <<END
== Made
  $out/witnesses/  shortest logs, to states and through transitions ($(ls "$out/witnesses" | wc -l | tr -d ' ') files)
  $out/job.svg     the state diagram of RFC 21 (open it in a browser); job.tex is it for TeX
  $out/lifecycle.svg, $out/covered.svg   who posts what, and what the real logs took
  $out/suite/      the conformance suite of RFC 21, for readers in any language
Next: flux-conform check YOUR.eventlog, or see README.md. Commands are in .venv/bin.
END
