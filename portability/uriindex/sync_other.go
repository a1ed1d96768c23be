//go:build !unix

package uriindex

// syncFolder does nothing: folders cannot be made to last here.
func syncFolder(string) error { return nil }
