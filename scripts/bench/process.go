// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// clockTicks of /proc in a second: USER_HZ, 100 on every Linux that Go runs on.
const clockTicks = 100

// cpu is what the switch uses over the span, in percent of a core.
func (b *bench) cpu() (float64, error) {
	from, err := cpuTime(b.sw.PID())
	if err != nil {
		return 0, err
	}
	began := time.Now()
	time.Sleep(b.span)
	to, err := cpuTime(b.sw.PID())
	return 100 * float64(to-from) / float64(time.Since(began)), err
}

// cpuTime is user and system time of a process (proc(5), stat 14 and 15).
func cpuTime(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// the second field, the name, may hold spaces: count behind its bracket
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	var ticks int64
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / clockTicks, nil
}

// resident is a process's memory in bytes (proc(5), statm 2).
func resident(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	pages, err := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}
