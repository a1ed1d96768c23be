//go:build race

package capped

const raceDetector = true
