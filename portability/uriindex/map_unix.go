//go:build unix

package uriindex

import (
	"math"
	"os"
	"syscall"
)

// mapped are pages that the system reads when they are touched.
type mapped []byte

func (m mapped) at(off, n int64) ([]byte, error) { return m[off:][:n], nil }

func (m mapped) close() error { return syscall.Munmap(m) }

// mapFile maps a file. One that is too large for the address space, or lies where
// nothing can be mapped, is read instead.
func mapFile(file *os.File, size int64) pages {
	if size > math.MaxInt {
		return read{file}
	}
	data, err := syscall.Mmap(int(file.Fd()), 0, int(size), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return read{file}
	}
	adviseRandom(data)
	return mapped(data)
}
