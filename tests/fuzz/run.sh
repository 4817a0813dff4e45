#!/bin/sh
# Fuzzes the parsers with libFuzzer.
set -eu

usage() {
  cat <<'END'
usage: tests/fuzz/run.sh SECONDS [TARGET...]

Builds the targets with clang, AddressSanitizer and UBSan (preset fuzz), and fuzzes each for SECONDS, all of them if none
is named: arrays gif idx jobs jpeg layers network onnx options png recipe safetensors settings tables webp. Inputs that reach new code are kept in
build/fuzz/corpus/TARGET, where the next run begins; inputs that fail in build/fuzz/found. Ends with 1 if any failed.
Needs the packages of group fuzz: .ci/packages.sh build fuzz
END
}

case "${1:---help}" in -h | --help) usage; exit 0 ;; esac
seconds=$1
shift
cd "$(dirname "$0")/../.."
cmake --preset fuzz > /dev/null
cmake --build --preset fuzz
[ $# -gt 0 ] || set -- arrays gif idx jobs jpeg layers network onnx options png recipe safetensors settings tables webp

here=tests/fuzz
out=build/fuzz
python3 $here/make_seeds.py $out/seeds
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1:suppressions=tests/ubsan.supp
export LSAN_OPTIONS=suppressions=tests/lsan.supp
status=0
for target; do
  mkdir -p $out/corpus/"$target" $out/found
  dictionary=$here/dictionaries/$target.dict
  log=$out/$target.log
  "$out/tests/fuzz/fuzz_$target" -max_total_time="$seconds" -timeout=60 -rss_limit_mb=2048 -max_len=8192 \
    $([ ! -f $dictionary ] || echo -dict=$dictionary) -artifact_prefix=$out/found/"$target"- -print_final_stats=1 \
    $out/corpus/"$target" $out/seeds/"$target" \
    $([ ! -d $here/corpus/"$target" ] || echo $here/corpus/"$target") > "$log" 2>&1 || status=1
  grep -E 'ERROR|SUMMARY|^found|runtime error' "$log" || true
  echo "$target: $(sed -n 's/.*number_of_executed_units: *//p' "$log") inputs, see $log"
done
exit $status
