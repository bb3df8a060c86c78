#!/bin/sh
# Runs every case, leaves reports/junit.xml, and exits with 1 when a case failed.
mkdir -p reports
total=0
failures=0
cases=""

check() {
  total=$((total + 1))
  actual=$(sh humanize.sh "$1")
  if [ "$actual" = "$2" ]; then
    echo "ok    $1 is '$2'"
    cases="$cases<testcase classname=\"pace\" name=\"$1 is $2\"/>"
  else
    failures=$((failures + 1))
    echo "FAIL  $1 should be '$2', got '$actual'" >&2
    cases="$cases<testcase classname=\"pace\" name=\"$1 is $2\">"
    cases="$cases<failure message=\"got $actual\"/></testcase>"
  fi
}

check 5 "5 s"
check 61 "1 min 1 s"
check 3725 "1 h 2 min 5 s"
check 7384 "2 h 3 min 4 s"

cat > reports/junit.xml <<XML
<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="pace" tests="$total" failures="$failures">$cases</testsuite>
XML
echo "$total cases, $failures failed"
[ "$failures" -eq 0 ]
