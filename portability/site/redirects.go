package site

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// A pair leads an old path, decoded, to a path of this site.
type pair struct{ from, to string }

// append writes a record that sorts by the old path without regard to case, since
// one of the servers has none.
func (p pair) append(dst []byte) []byte {
	dst = append(append(dst, strings.ToLower(p.from)...), 0)
	dst = append(append(dst, p.from...), 0)
	return append(dst, p.to...)
}

func parsePair(r []byte) (string, pair) {
	folded, rest, _ := bytes.Cut(r, []byte{0})
	from, to, _ := bytes.Cut(rest, []byte{0})
	return string(folded), pair{string(from), string(to)}
}

// longestFrom keeps a pair within a bucket of nginx's map.
const longestFrom = 500

// sayable reports why no web server could be told of a pair, "" if they can.
func (p pair) sayable() string {
	switch {
	case len(p.from) > longestFrom:
		return "the path is too long"
	case !strings.HasPrefix(p.from, "/") || strings.HasPrefix(p.from, "//"):
		return "it is not a path"
	case !utf8.ValidString(p.from), strings.ContainsFunc(p.from, func(r rune) bool {
		return r == ' ' || unprintable(r) || r == '\n' || r == '\t' || r == '\u2028' || r == '\u2029'
	}):
		return "it holds characters that end a rule"
	case strings.Contains(p.from, "/./"), strings.Contains(p.from, "/../"), strings.Contains(p.from, "//"),
		strings.HasSuffix(p.from, "/."), strings.HasSuffix(p.from, "/.."):
		return "servers read it as another path"
	}
	return ""
}

// An encoder writes pairs for one web server, and reads its own lines back.
type encoder struct {
	path   string
	encode func(pair) string
	decode func(string) (pair, bool)
}

// encoders are for the hosts that read a file named _redirects, for nginx, and
// for Caddy.
func encoders() []encoder {
	return []encoder{
		{"_redirects", encodePlain, decodePlain},
		{"server/nginx-redirects.map", encodeNginx, decodeNginx},
		{"server/caddy-redirects", encodeCaddy, decodeCaddy},
	}
}

// line returns the rule for a pair, and false if it does not read back as the
// very same pair.
func (e encoder) line(p pair) (string, bool) {
	rule := e.encode(p)
	back, ok := e.decode(rule)
	return rule, ok && back == p && !strings.ContainsAny(rule, "\r\n\x00")
}

// writeRedirects writes the rules for each server. A path that one of them cannot
// say, none is told, so that all lead to the same.
func (b *builder) writeRedirects(ctx context.Context) error {
	if !b.site.options.KeepPaths {
		return nil
	}
	files, err := b.ruleFiles()
	if err != nil {
		return err
	}
	err = b.rules(ctx, files)
	for _, f := range files {
		err = errors.Join(err, f.w.Flush(), f.file.Close())
	}
	if err != nil {
		return err
	}
	return b.serverFiles()
}

type ruleFile struct {
	encoder
	file io.Closer
	w    *bufio.Writer
}

func (b *builder) ruleFiles() ([]ruleFile, error) {
	var files []ruleFile
	for _, e := range encoders() {
		name := filepath.Join(b.pages.top, filepath.FromSlash(e.path))
		err := os.MkdirAll(filepath.Dir(name), 0o755)
		if err != nil {
			return nil, err
		}
		f, err := os.Create(filepath.Clean(name))
		if err != nil {
			return nil, err
		}
		files = append(files, ruleFile{e, f, bufio.NewWriter(f)})
	}
	return files, nil
}

func (b *builder) rules(ctx context.Context, files []ruleFile) error {
	before := ""
	for r, err := range b.redirects.All() {
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		folded, p := parsePair(r)
		why := p.sayable()
		if folded == before && why == "" {
			why = "another post has that path, but for upper and lower case"
		}
		lines := make([]string, len(files))
		for i, f := range files {
			ok := false
			if lines[i], ok = f.line(p); !ok && why == "" {
				why = "no rule in " + f.path + " says it"
			}
		}
		if why != "" {
			b.refuse(p.from, why)
			continue
		}
		before = folded
		b.report.Redirects++
		for i, f := range files {
			if _, err := fmt.Fprintln(f.w, lines[i]); err != nil {
				return err
			}
		}
	}
	return nil
}
