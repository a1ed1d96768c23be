// Package bench measures whole jobs: a server that takes in Moves and one that
// sends them (BenchmarkServer and BenchmarkAnnounceHTTP in its tests), and archives
// that are written, read, verified, converted and made a site of
// (BenchmarkArchive). BenchmarkCopy runs what other packages measure of copying, beside
// its limits, and tells all of it in one table. It exports nothing.
package bench
