//go:build unix && !linux

package uriindex

func adviseRandom([]byte) {}
