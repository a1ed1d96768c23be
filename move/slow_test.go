//go:build !race

package move_test

// slow divides what only takes long under the race detector.
const slow = 1
