// Package bench measures a whole server that takes in Moves: see
// BenchmarkServer in its tests. It exports nothing.
package bench
