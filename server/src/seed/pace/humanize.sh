#!/bin/sh
# Says a number of seconds in words.
seconds=$1
hours=$((seconds / 3600))
minutes=$((seconds / 60))
rest=$((seconds % 60))

words=""
[ "$hours" -gt 0 ] && words="$hours h "
[ "$minutes" -gt 0 ] && words="$words$minutes min "
echo "$words$rest s"
