#!/usr/bin/env bash
# A program of examples/homework/ agrees with its formulas, and each of its comparisons can fail.
# usage: homework_test.sh PROGRAM
set -u
program=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$program" --out "$folder" > "$folder/output" || { cat "$folder/output"; exit 1; }
tail -n 1 "$folder/output"
count=$(sed -n 's/^\([0-9]*\) comparisons, 0 mismatches$/\1/p' "$folder/output")
[ -n "$count" ] && [ "$count" -gt 0 ] || { echo "no comparison was made"; exit 1; }

# Without a PATH nothing is drawn, which saves time.
for ((n = 1; n <= count; n++)); do
  PATH= "$program" --out "$folder" --spoil "$n" > "$folder/output"
  status=$?
  if [ $status -ne 1 ] || ! grep -q "^$count comparisons, 1 mismatches$" "$folder/output"; then
    echo "comparison $n was falsified, but the program ended with status $status:"
    tail -n 1 "$folder/output"
    exit 1
  fi
done
echo "each of them can fail"
