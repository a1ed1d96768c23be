package main

import (
	"errors"
	"flag"
	"fmt"
	"strings"
)

// texts is a flag that may be repeated.
type texts []string

func (t *texts) String() string { return strings.Join(*t, " ") }

func (t *texts) Set(text string) error {
	*t = append(*t, text)
	return nil
}

// sizeFlag adds a flag for a number of bytes, with or without KiB, MiB or GiB.
func sizeFlag(flags *flag.FlagSet, name, usage string) *int64 {
	size := new(int64)
	flags.Func(name, usage, func(text string) error {
		var unit string
		n, err := fmt.Sscanf(text, "%d%s", size, &unit)
		if n == 1 {
			err = nil
		}
		shift, known := map[string]int{"": 0, "B": 0, "KiB": 10, "MiB": 20, "GiB": 30, "TiB": 40}[unit]
		if err != nil || !known || *size <= 0 || *size > 1<<62>>shift {
			return errors.New("not a size, as 500MiB or 4GiB")
		}
		*size <<= shift
		return nil
	})
	return size
}
