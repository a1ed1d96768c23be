package jsonitems

import (
	"io"
	"iter"
)

// Read yields the elements of the arrays in r. An error is r's, and the last thing
// that is yielded.
func Read(r io.Reader, o *Options) iter.Seq2[Element, error] { return nil }

// Lines yields the documents of a file that has one on each line.
func Lines(r io.Reader, o *Options) iter.Seq2[Element, error] { return nil }
