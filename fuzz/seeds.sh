#!/usr/bin/env bash
# Seeds out of a run of the conformance suite: a CSE of this workspace records it, and `pick` takes what is short and
# different into fuzz/corpus/{json,engine,http,recording}/run*. Changes those files only.
#
#   fuzz/seeds.sh [WHAT-TO-RUN]...     such as DMR GEN; without any, all of it
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
child=
finish() {
    [ -z "$child" ] || kill "$child" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

cargo build --bin onem2m-cse
cargo build -p onem2m-conformance
cargo build -p onem2m-cse-model --bin pick
built=${CARGO_TARGET_DIR:-target}/debug

"$built/onem2m-cse" --memory --http 127.0.0.1:0 --ws= --coap= --log-level warn --record "$work/run.jsonl" >"$work/greeting" &
child=$!
for _ in $(seq 100); do
    address=$(grep -o 'http://[^/ ,]*' "$work/greeting" | head -n 1 || true)
    [ -z "$address" ] || break
    sleep 0.1
done
[ -n "$address" ] || { echo "the CSE does not say where it listens" >&2; exit 1; }

only=()
for what in "$@"; do only+=(--only "$what"); done
"$built/onem2m-conformance" probe --target "$address" --originator CAdmin --pics "$work/pics.toml"
# One after the other: what happens at once is mixed up in a recording. That something departs from the text is no matter.
"$built/onem2m-conformance" run --pics "$work/pics.toml" --jobs 1 "${only[@]}" --json "$work/report.json" >"$work/report" ||
    [ $? -eq 1 ]
tail -n 3 "$work/report"
kill -INT "$child"
wait "$child" || true
child=

rm -f fuzz/corpus/{json,engine,http,recording}/run*
"$built/pick" "$work/run.jsonl" fuzz/corpus
du -sh --apparent-size fuzz/corpus
