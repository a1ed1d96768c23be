package uriindex

import "os"

// OpenRead opens a file as systems do that do not map files.
func OpenRead(path string) (*Index, error) {
	return open(path, func(file *os.File, _ int64) pages { return read{file} })
}

// The layout of a file, for who damages one.
const (
	HeaderSize = headerSize
	SumAt      = sumAt
)

// Sections tells where the sections of a file begin: values, groups, records and
// buckets.
func (x *Index) Sections() [4]int64 {
	return [4]int64{x.layout.values, x.layout.groups, x.layout.records, x.layout.buckets}
}
