// Package bench measures whole jobs: a server that takes in Moves and one that
// sends them (BenchmarkServer and BenchmarkAnnounceHTTP in its tests), and archives
// that are written, read, verified, converted and made a site of
// (BenchmarkArchive). It exports nothing.
package bench
