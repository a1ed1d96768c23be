package site

import (
	"encoding/json"
	"fmt"
)

// What search.js looks through are scripts of our own making, since a page that
// was opened from a disk may load scripts beside it, and no data. Each calls
// godwit with its number and rows: path, date, what is shown, what is searched.
// They are JSON as encoding/json writes it, without "<", and without what ends a
// line in a script but not in JSON.
type searchWriter struct {
	rows  [][4]string
	bytes int
	chunk int
	total int64
}

const (
	searchChunk = 400 << 10 // bytes of text
	searchText  = 3000      // characters of one post
	searchShown = 160
)

func (w *searchWriter) add(p *pages, e *entry) error {
	text := plain(e.Post.HTML, searchText)
	shown := titleOf(&e.Post)
	if e.Post.Warning == "" && text != "" {
		shown = cut(text, searchShown)
	}
	for _, one := range append([]string{e.Post.Title, e.Post.Warning}, altsOf(&e.Post)...) {
		if one != "" {
			text += " " + one
		}
	}
	for _, tag := range e.Post.Tags {
		text += " #" + tag
	}
	w.rows = append(w.rows, [4]string{e.Post.Path, day(e.Post.Published), shown, cut(text, 2*searchText)})
	w.bytes += len(text) + len(shown) + len(e.Post.Path)
	w.total++
	if w.bytes < searchChunk {
		return nil
	}
	return w.flush(p)
}

func altsOf(p *post) []string {
	var alts []string
	for _, one := range p.Files {
		alts = append(alts, one.Alt)
	}
	return alts
}

func (w *searchWriter) flush(p *pages) error {
	data, err := json.Marshal(w.rows)
	if err != nil {
		return err
	}
	path := fmt.Sprintf("search/%d.js", w.chunk)
	err = p.write(path, fmt.Appendf(nil, "godwit(%d,%s);\n", w.chunk, data))
	w.rows, w.bytes = nil, 0
	w.chunk++
	return err
}

func (w *searchWriter) end(p *pages) error {
	if len(w.rows) > 0 {
		if err := w.flush(p); err != nil {
			return err
		}
	}
	return p.write("search/index.js", fmt.Appendf(nil, "var godwitChunks=%d,godwitPosts=%d;\n", w.chunk, w.total))
}
