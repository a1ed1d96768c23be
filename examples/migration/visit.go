package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"codeberg.org/godwit/godwit/vocab"
)

// A visit is what became of following a link.
type visit struct {
	led    bool // by 301, to the new server
	status int  // at the end
	body   []byte
	first  string // the first answer, without the link's own name
}

var browser = http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// follow opens a link and goes where it leads, four steps at most.
func (s stranger) follow(ctx context.Context, link, accept string) (visit, error) {
	var v visit
	at := link
	for range 5 {
		response, err := s.open(ctx, at, accept)
		if err != nil {
			return v, err
		}
		v.body, err = io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil {
			return v, err
		}
		v.status = response.StatusCode
		to := response.Header.Get("Location")
		if at == link {
			v.first = firstAnswer(response, v.body, link)
			v.led = v.status == http.StatusMovedPermanently && vocab.SameOrigin(vocab.IRI(to), s.world.to)
		}
		if to == "" {
			break
		}
		at = to
	}
	return v, nil
}

func (s stranger) open(ctx context.Context, url, accept string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", accept)
	return browser.Do(request)
}

// firstAnswer is an answer without what names the link and the moment.
func firstAnswer(response *http.Response, body []byte, link string) string {
	name := link[strings.LastIndex(link, "/")+1:]
	header := response.Header.Clone()
	header.Del("Date")
	text, _ := json.Marshal(header) // a map of strings
	return strings.ReplaceAll(response.Status+string(text)+string(body), name, "NAME")
}

const activityJSON = `application/ld+json; profile="https://www.w3.org/ns/activitystreams"`

// tells reports whether an old link tells anything that one does not that never was.
func (s stranger) tells(ctx context.Context, link string) (bool, error) {
	never := link[:strings.LastIndex(link, "/")+1] + strings.Repeat("0", 16)
	for _, accept := range []string{activityJSON, "text/html"} {
		this, err := s.follow(ctx, link, accept)
		if err != nil {
			return false, err
		}
		other, err := s.follow(ctx, never, accept)
		if err != nil {
			return false, err
		}
		if this.first != other.first || this.status != other.status || string(this.body) != string(other.body) || this.status == http.StatusOK {
			return true, nil
		}
	}
	return false, nil
}
