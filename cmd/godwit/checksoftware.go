package main

import (
	"context"
	"io"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"

	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/webfinger"
)

// softwareOf asks the server of an account for the name of its software by
// NodeInfo. It is "" if the server does not say.
func softwareOf(ctx context.Context, doer webfinger.Doer, id vocab.IRI) string {
	var index struct {
		Links []struct {
			Rel  string `json:"rel"`
			Href string `json:"href"`
		} `json:"links"`
	}
	origin := id.Origin()
	if origin == "" || !ask(ctx, doer, origin+"/.well-known/nodeinfo", &index) {
		return ""
	}
	for _, link := range index.Links {
		_, version, isSchema := strings.Cut(link.Rel, "://nodeinfo.diaspora.software/ns/schema/")
		if !isSchema || version == "" || vocab.IRI(link.Href).Origin() != origin {
			continue
		}
		var info struct {
			Software struct {
				Name string `json:"name"`
			} `json:"software"`
		}
		if ask(ctx, doer, link.Href, &info) {
			return info.Software.Name
		}
	}
	return ""
}

// ask reads one JSON document, and reports whether it could. The doer bounds
// its length.
func ask(ctx context.Context, doer webfinger.Doer, url string, into any) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	r.Header.Set("Accept", "application/json")
	answer, err := doer.Do(r)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return err == nil && answer.StatusCode == http.StatusOK && json.Unmarshal(body, into) == nil
}
