package csvlist

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"codeberg.org/godwit/godwit/vocab"
)

// maxFilter is the most that one filter, or anything beside the filters, may take.
const maxFilter = 1 << 20

var (
	// ErrFilters is wrapped by the last error of [ReadFilters] if the file is not
	// shaped like Mastodon's custom_filters.json, or is cut off.
	ErrFilters = errors.New("not a file of filters")
	// ErrTooLarge is wrapped if one filter takes more than 1 MiB.
	ErrTooLarge = errors.New("a filter is above the limit of 1 MiB")
)

// A Filter hides posts, as in the file custom_filters.json of Mastodon 4.6.
type Filter struct {
	Title    string
	Expires  time.Time   // zero: never
	Context  []string    // "home", "notifications", "public", "thread", "account"
	Action   string      // "warn", "hide", "blur"
	Keywords []Keyword   // words that are hidden
	Statuses []vocab.IRI // posts that are hidden, by their ids
	// Raw is the filter as the file has it, with members that no field holds.
	Raw []byte
}

// A Keyword is one word or phrase of a [Filter].
type Keyword struct {
	Text      string
	WholeWord bool // true where the file does not say, as in Mastodon
}

// filterJSON is a filter in the file. Mastodon writes "expire_at" before 4.6.
type filterJSON struct {
	Title    string        `json:"title"`
	Expires  *time.Time    `json:"expires_at"`
	Expire   *time.Time    `json:"expire_at,omitzero"`
	Context  []string      `json:"context"`
	Action   string        `json:"action"`
	Keywords []keywordJSON `json:"keywords_attributes"`
	Statuses []vocab.IRI   `json:"statuses"`
}

type keywordJSON struct {
	Text      string `json:"keyword"`
	WholeWord *bool  `json:"whole_word"`
}

// ReadFilters yields the filters in r, which it does not close, one at a time. A
// filter that cannot be used is a [*RowError], with the next one to follow. Any
// other error is the last thing yielded: the filters before it are whole.
func ReadFilters(r io.Reader) iter.Seq2[Filter, error] {
	return func(yield func(Filter, error) bool) {
		f := newFilterReader(r)
		more, err := f.read(yield)
		if err != nil && more {
			yield(Filter{}, fmt.Errorf("read filters: %w", err))
		}
	}
}

// A filterReader keeps the decoder from holding more than one filter.
type filterReader struct {
	in     io.Reader
	dec    *jsontext.Decoder
	taken  int64 // bytes that the decoder has been given
	number int
}

func newFilterReader(r io.Reader) *filterReader {
	f := &filterReader{in: decoded(r)}
	f.dec = jsontext.NewDecoder(f, jsontext.AllowDuplicateNames(true))
	return f
}

// Read is the decoder's. What it has been given and not consumed is in memory.
func (f *filterReader) Read(p []byte) (int, error) {
	if f.taken-f.dec.InputOffset() > maxFilter {
		return 0, ErrTooLarge
	}
	n, err := f.in.Read(p[:min(len(p), 64<<10)])
	f.taken += int64(n)
	return n, err
}

func (f *filterReader) read(yield func(Filter, error) bool) (more bool, err error) {
	if err := f.open('{'); err != nil {
		return true, err
	}
	found := false
	for f.dec.PeekKind() == '"' {
		name, err := f.dec.ReadToken()
		if err != nil {
			return true, shaped(err)
		}
		if name.String() != "custom_filters" {
			if err := f.dec.SkipValue(); err != nil {
				return true, shaped(err)
			}
			continue
		}
		found = true
		if more, err := f.list(yield); err != nil || !more {
			return more, err
		}
	}
	if _, err := f.dec.ReadToken(); err != nil {
		return true, shaped(err)
	}
	if !found {
		return true, ErrFilters
	}
	return true, nil
}

func (f *filterReader) open(kind jsontext.Kind) error {
	token, err := f.dec.ReadToken()
	if err != nil {
		return shaped(err)
	}
	if token.Kind() != kind {
		return ErrFilters
	}
	return nil
}

func (f *filterReader) list(yield func(Filter, error) bool) (more bool, err error) {
	if err := f.open('['); err != nil {
		return true, err
	}
	for f.dec.PeekKind() != ']' {
		value, err := f.dec.ReadValue()
		if err != nil {
			return true, shaped(err)
		}
		f.number++
		filter, ok := parseFilter(value)
		if !ok {
			if !yield(Filter{}, &RowError{Line: f.number, Reason: BadFilter}) {
				return false, nil
			}
			continue
		}
		if !yield(filter, nil) {
			return false, nil
		}
	}
	_, err = f.dec.ReadToken()
	return true, shaped(err)
}

// shaped tells what the file did from what its reader did. The decoder's own
// words quote the file, which is private, and are left out.
func shaped(err error) error {
	var syntax *jsontext.SyntacticError
	switch {
	case err == nil, errors.Is(err, ErrTooLarge):
		return err
	case errors.As(err, &syntax), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return ErrFilters
	}
	return err
}

func parseFilter(value jsontext.Value) (Filter, bool) {
	var in filterJSON
	if json.Unmarshal(value, &in, jsontext.AllowDuplicateNames(true)) != nil || in.Title == "" {
		return Filter{}, false
	}
	filter := Filter{Title: in.Title, Context: in.Context, Action: in.Action, Statuses: in.Statuses, Raw: slices.Clone(value)}
	if in.Expires == nil {
		in.Expires = in.Expire
	}
	if in.Expires != nil {
		filter.Expires = *in.Expires
	}
	for _, k := range in.Keywords {
		filter.Keywords = append(filter.Keywords, Keyword{Text: k.Text, WholeWord: k.WholeWord == nil || *k.WholeWord})
	}
	return filter, true
}

// WriteFilters writes filters to w as custom_filters.json. It takes the fields;
// what only [Filter.Raw] holds is not written.
func WriteFilters(w io.Writer, filters iter.Seq[Filter]) error {
	enc := jsontext.NewEncoder(w)
	err := errors.Join(enc.WriteToken(jsontext.BeginObject), enc.WriteToken(jsontext.String("custom_filters")),
		enc.WriteToken(jsontext.BeginArray))
	for filter := range filters {
		if err != nil {
			break
		}
		err = json.MarshalEncode(enc, filter.toJSON())
	}
	if err == nil {
		err = errors.Join(enc.WriteToken(jsontext.EndArray), enc.WriteToken(jsontext.EndObject))
	}
	if err != nil {
		return fmt.Errorf("write filters: %w", err)
	}
	return nil
}

func (f Filter) toJSON() filterJSON {
	out := filterJSON{Title: f.Title, Context: f.Context, Action: f.Action, Statuses: f.Statuses, Keywords: []keywordJSON{}}
	if !f.Expires.IsZero() {
		out.Expires = &f.Expires
	}
	for _, k := range f.Keywords {
		out.Keywords = append(out.Keywords, keywordJSON{Text: k.Text, WholeWord: &k.WholeWord})
	}
	return out
}
