package client

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
)

const (
	softwareFor     = 24 * time.Hour
	noSoftwareFor   = time.Hour // a lasting failure
	maxSoftware     = 10_000    // origins
	maxInfoBytes    = 512 << 10 // some servers list there whom they block
	maxSoftwareName = 64
	maxVersion      = 256
	acceptJSON      = "application/json"
)

// A Software is what a server says that it runs. It is the server's own word,
// and nothing but a hint.
type Software struct {
	Name    string // as NodeInfo has it: letters, digits and "._+- ", in any case
	Version string // "" if it says none, or one that is no printable line of 256 bytes
}

// softwares remembers, in bounded memory, what servers said.
type softwares struct {
	known  *lru[string, saidSoftware]
	asking flights[Software]
}

// saidSoftware is the outcome of asking: one of the two.
type saidSoftware struct {
	software Software
	err      error
}

func newSoftwares() *softwares {
	return &softwares{known: newLRU[string, saidSoftware](maxSoftware)}
}

// Software asks an origin, such as "https://old.example", what it runs
// (NodeInfo 1.0 to 2.1), unsigned. Where that is told must be on the origin
// itself or on the one to which it redirects.
//
// The answer is kept for a day, a lasting failure for an hour, any other for
// 30 seconds or as long as the origin asked; of 10,000 origins at most. The
// error is a [*actor.FetchError]: [actor.ErrNotFound] if the origin says
// nothing in a version that is known here.
func (c *Client) Software(ctx context.Context, origin string) (Software, error) {
	id := vocab.IRI(origin)
	if origin = id.Origin(); origin == "" {
		return Software{}, &actor.FetchError{ID: id, Err: actor.ErrScheme}
	}
	if said, ok := c.softwares.known.get(origin, c.now()); ok {
		return said.software, said.err
	}
	software, err := c.softwares.asking.do(ctx, origin, func() (Software, error) {
		software, err := c.askSoftware(ctx, origin)
		if ctx.Err() == nil {
			c.softwares.keep(origin, software, err, c.now())
		}
		return software, err
	})
	if _, told := errors.AsType[*actor.FetchError](err); err != nil && !told {
		err = &actor.FetchError{ID: id, Err: err}
	}
	return software, err
}

func (s *softwares) keep(origin string, software Software, err error, now time.Time) {
	until := softwareFor
	if failed, ok := errors.AsType[*actor.FetchError](err); ok {
		switch {
		case !failed.Temporary():
			until = noSoftwareFor
		case failed.RetryAfter > 0: // the origin is closed for us anyway
			return
		default:
			until = failedFor
		}
	}
	s.known.put(origin, saidSoftware{software, err}, 1, now.Add(until))
}

// askSoftware reads where the origin says what it runs, and then what.
func (c *Client) askSoftware(ctx context.Context, origin string) (Software, error) {
	var index struct {
		Links []infoLink `json:"links"`
	}
	from, err := c.getInfo(ctx, origin, origin+"/.well-known/nodeinfo", &index)
	if err != nil {
		return Software{}, err
	}
	fail := func(err error) (Software, error) {
		return Software{}, &actor.FetchError{ID: vocab.IRI(origin), StatusCode: http.StatusOK, Err: err}
	}
	own := []string{origin, from}
	href := newestInfo(index.Links, own)
	switch {
	case href == "" && newestInfo(index.Links, nil) == "":
		return fail(actor.ErrNotFound)
	case href == "":
		return fail(actor.ErrRedirected)
	}
	var info struct {
		Software struct {
			Name    string `json:"name"`
			Version string `json:"version"`
		} `json:"software"`
	}
	if from, err = c.getInfo(ctx, origin, href, &info); err != nil {
		return Software{}, err
	}
	software := Software(info.Software)
	if !isPrintable(software.Version) {
		software.Version = ""
	}
	switch {
	case !slices.Contains(own, from):
		return fail(actor.ErrRedirected)
	case !isSoftwareName(software.Name):
		return fail(actor.ErrMalformed)
	}
	return software, nil
}

// An infoLink is an entry of a NodeInfo discovery document.
type infoLink struct {
	Rel  string `json:"rel"`
	Href string `json:"href"`
}

// newestInfo returns the URL of the newest version that is known here and that
// one of the origins serves, any if there are none; all versions have the
// software in the same place.
func newestInfo(links []infoLink, origins []string) string {
	for _, version := range []string{"2.1", "2.0", "1.1", "1.0"} {
		for _, link := range links {
			_, schema, _ := strings.Cut(link.Rel, "://")
			fits := len(origins) == 0 || slices.Contains(origins, vocab.IRI(link.Href).Origin())
			if fits && schema == "nodeinfo.diaspora.software/ns/schema/"+version {
				return link.Href
			}
		}
	}
	return ""
}

// getInfo reads one JSON document and returns the origin that served it.
func (c *Client) getInfo(ctx context.Context, origin, url string, into any) (from string, err error) {
	fail := func(status int, retry time.Duration, err error) (string, error) {
		return "", &actor.FetchError{ID: vocab.IRI(url), StatusCode: status, RetryAfter: retry, Err: err}
	}
	if wait, status := c.origins.at(origin, c.now()).wait(c.now()); wait > 0 {
		return fail(status, wait, actor.ErrUnavailable)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fail(0, 0, actor.ErrScheme)
	}
	r.Header.Set("Accept", acceptJSON)
	r.Header.Set("User-Agent", c.options.UserAgent)
	answer, err := c.http.Get(r, nil)
	if err != nil {
		return fail(0, 0, c.failure(ctx, err))
	}
	if err := refusal(answer.StatusCode); err != nil {
		return fail(answer.StatusCode, c.retryAfter(answer), err)
	}
	if len(answer.Body) > maxInfoBytes {
		return fail(answer.StatusCode, 0, actor.ErrTooLarge)
	}
	if err := readInfo(answer.Header.Get("Content-Type"), answer.Body, into); err != nil {
		return fail(answer.StatusCode, 0, err)
	}
	return urlOrigin(answer.URL), nil
}

// readInfo decodes JSON of any media type that says that it is. The decoder's
// own error may quote the document.
func readInfo(contentType string, body []byte, into any) error {
	name, _, err := mime.ParseMediaType(contentType)
	if err != nil || name != acceptJSON && !strings.HasSuffix(name, "+json") {
		return fmt.Errorf("%w: not sent as JSON", actor.ErrMalformed)
	}
	if json.Unmarshal(body, into) != nil {
		return actor.ErrMalformed
	}
	return nil
}

func isSoftwareName(name string) bool {
	return name != "" && len(name) <= maxSoftwareName && !strings.ContainsFunc(name, func(r rune) bool {
		return r >= utf8.RuneSelf || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._+- ", r)
	})
}

func isPrintable(version string) bool {
	return len(version) <= maxVersion && !strings.ContainsFunc(version, func(r rune) bool { return !unicode.IsPrint(r) })
}
