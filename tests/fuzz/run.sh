#!/bin/sh
# run.sh SECONDS BUILD_DIR: each fuzzer for so long, from its seeds and what earlier runs found. Ends with
# the first crash; its input is left in BUILD_DIR/tests/fuzz/crashes.
set -eu
seconds=$1
cd "$2/tests/fuzz"
mkdir -p crashes
found=0
for fuzzer in ./fuzz_*; do
  { [ -f "$fuzzer" ] && [ -x "$fuzzer" ]; } || continue
  found=1
  name=${fuzzer#./fuzz_}
  mkdir -p "corpus/$name" "seeds/$name"
  if ! "$fuzzer" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
      -artifact_prefix="crashes/$name-" "corpus/$name" "seeds/$name" >"$name.log" 2>&1; then
    cat "$name.log" >&2
    echo "$name: crashed; run $PWD/fuzz_$name on the input named above" >&2
    exit 1
  fi
  echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$name.log") executions"
done
if [ "$found" = 0 ]; then
  echo "no fuzzers in $PWD: build the preset clang first" >&2
  exit 1
fi
