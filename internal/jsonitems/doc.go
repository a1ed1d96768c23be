// Package jsonitems takes JSON collections apart, element by element, in bounded
// memory, however damaged they are.
//
// [Read] yields the elements of an array, or of the arrays in an object; [Lines]
// those of a file with one document on each line; [Value] reads one document. What is wrong with one element
// is said with it; what is wrong with the whole is yielded as an element without
// data. Elements are cut out and not judged: they are for vocab.ParseWith or a
// JSON package to read.
package jsonitems
