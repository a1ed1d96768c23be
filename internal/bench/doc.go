// Package bench measures a whole server that takes in Moves, and one that sends
// them: see BenchmarkServer and BenchmarkAnnounceHTTP in its tests. It exports
// nothing.
package bench
