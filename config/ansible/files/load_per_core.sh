#!/bin/sh
# The load of the last minute for each processor core: above 1, processes wait.
awk -v cores="$(getconf _NPROCESSORS_ONLN)" '{ printf "1min %.3f\n", $1 / cores }' /proc/loadavg
