//go:build race

package move_test

// slow divides what only takes long: the race detector does ten times the work.
const slow = 10
