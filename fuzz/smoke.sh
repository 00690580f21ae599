#!/usr/bin/env bash
# A short run of every target, or of those named: fuzz/smoke.sh [TARGET]...
# SECONDS_EACH=10 is how long each runs; with RUNS=200 it is so many executions instead, the same ones each time.
# SANITIZER=none, or address: the crate has no unsafe code, so watching every access to memory only checks what it depends on,
# and takes several times as long.
# Prints executions and coverage. Needs a nightly Rust and cargo-fuzz.
set -euo pipefail
cd "$(dirname "$0")/.."
each=${SECONDS_EACH:-10}
sanitizer=${SANITIZER:-none}
limit=("-max_total_time=$each")
[ -z "${RUNS:-}" ] || limit=("-runs=$RUNS" -seed=1)

if ! command -v cargo-fuzz >/dev/null || ! rustup toolchain list 2>/dev/null | grep -q '^nightly'; then
    echo "skipped: fuzzing needs a nightly Rust and cargo-fuzz; the seeds and all regressions run in cargo test"
    exit 0
fi

targets=("$@")
[ $# -gt 0 ] || mapfile -t targets < <(sed -n 's/^name = "\([a-z_]*\)"$/\1/p' fuzz/Cargo.toml)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cargo +nightly fuzz build -s "$sanitizer" >"$work/build" 2>&1 || { cat "$work/build"; exit 1; }
printf '%-14s %10s %8s %8s\n' target executions edges features
failed=0
for target in "${targets[@]}"; do
    mkdir -p "$work/$target"
    dictionary=()
    [ ! -e "fuzz/dictionaries/$target.dict" ] || dictionary=("-dict=fuzz/dictionaries/$target.dict")
    # What is new goes into the first folder; the seeds stay as they are.
    if ! cargo +nightly fuzz run -s "$sanitizer" "$target" "$work/$target" "fuzz/corpus/$target" -- "${limit[@]}" -timeout=20 \
        -rss_limit_mb=2048 -print_final_stats=1 "${dictionary[@]}" >"$work/log" 2>&1; then
        tail -n 60 "$work/log"
        echo "$target: a crash; its input lies in fuzz/artifacts/$target" >&2
        failed=1
        continue
    fi
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log")
    read -r edges features < <(grep -o 'cov: [0-9]* ft: [0-9]*' "$work/log" | tail -n 1 | awk '{print $2, $4}')
    printf '%-14s %10s %8s %8s\n' "$target" "$executions" "$edges" "$features"
done
exit $failed
