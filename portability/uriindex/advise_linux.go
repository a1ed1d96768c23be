package uriindex

import "syscall"

// adviseRandom keeps the system from reading what lies around a page. It is advice:
// where it is not taken, look-ups are the same.
func adviseRandom(data []byte) { _ = syscall.Madvise(data, syscall.MADV_RANDOM) }
