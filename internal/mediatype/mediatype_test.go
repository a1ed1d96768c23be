package mediatype_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"codeberg.org/godwit/godwit/internal/mediatype"
)

func TestOf(t *testing.T) {
	for what, c := range map[string]struct{ head, mediaType, extension string }{
		"nothing":                       {"", mediatype.Unknown, "bin"},
		"text":                          {"hello", mediatype.Unknown, "bin"},
		"a page":                        {"<html><svg>", mediatype.Unknown, "bin"},
		"a JPEG":                        {"\xff\xd8\xff\xe0", "image/jpeg", "jpg"},
		"a PNG that is cut":             {"\x89PNG", mediatype.Unknown, "bin"},
		"a WebP":                        {"RIFF\x01\x02\x03\x04WEBPVP8 ", "image/webp", "webp"},
		"a RIFF of something else":      {"RIFF\x01\x02\x03\x04AVI ", mediatype.Unknown, "bin"},
		"an MP4":                        {"\x00\x00\x00\x18ftypisom", "video/mp4", "mp4"},
		"an AVIF":                       {"\x00\x00\x00\x18ftypavif", "image/avif", "avif"},
		"a brand that nobody knows":     {"\x00\x00\x00\x18ftyp????", mediatype.Unknown, "bin"},
		"Opus":                          {"OggS" + strings.Repeat("\x00", 24) + "OpusHead", "audio/opus", "opus"},
		"Theora":                        {"OggS" + strings.Repeat("\x00", 24) + "\x80theora", "video/ogg", "ogv"},
		"an MP3 without a tag":          {"\xff\xfb\x90\x00", "audio/mpeg", "mp3"},
		"a frame of a rate that is not": {"\xff\xfb\xf0\x00", mediatype.Unknown, "bin"},
		"AAC":                           {"\xff\xf1\x50\x80", "audio/aac", "aac"},
		"an SVG behind a comment":       {"\xef\xbb\xbf<?xml version='1.0'?><!-- x --><svg xmlns='…'>", "image/svg+xml", "svg"},
		"what only begins like one":     {"<svgish>", mediatype.Unknown, "bin"},
	} {
		got := mediatype.Of([]byte(c.head))
		assert.Equal(t, c.mediaType, got, what)
		assert.Equal(t, c.extension, mediatype.Extension(got), what)
	}
}
