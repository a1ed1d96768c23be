package client_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/actor/client"
)

// FuzzAnswer gives every header that a peer may choose freely: a document is
// read only if its type says so, and no Retry-After keeps us longer than a day.
func FuzzAnswer(f *testing.F) {
	f.Add(200, as2, "", "")
	f.Add(200, `application/ld+json; profile="https://www.w3.org/ns/activitystreams"`, "", "")
	f.Add(200, `application/ld+json;profile=https://www.w3.org/ns/activitystreams;=;"`, "", "")
	f.Add(429, "", "120", "")
	f.Add(503, "", "Sun, 22 Nov 2099 12:10:00 GMT", "")
	f.Add(301, "", "", "https://a.example/alice")
	f.Add(302, "", "", "//[::1]:80\\")
	f.Fuzz(func(t *testing.T, status int, contentType, retryAfter, location string) {
		if status < 200 || status > 599 {
			t.Skip("net/http gives no such status to its callers")
		}
		c, w, _ := setup(client.Options{})
		w.answer(string(alice), func(out http.ResponseWriter, _ *http.Request) {
			out.Header()["Content-Type"] = []string{contentType}
			out.Header()["Retry-After"] = []string{retryAfter}
			if location != "" {
				out.Header()["Location"] = []string{location}
			}
			out.WriteHeader(status)
			out.Write([]byte(`{"id":"https://a.example/alice"}`))
		})
		o, err := c.Fetch(t.Context(), alice)
		if err == nil {
			lower := strings.ToLower(strings.TrimSpace(contentType))
			if !strings.HasPrefix(lower, "application/activity+json") && !strings.HasPrefix(lower, "application/ld+json") {
				t.Errorf("read as ActivityStreams: %q", contentType)
			}
			if o.ID() != alice || status >= 300 {
				t.Errorf("read %s from a status %d", o.ID(), status)
			}
			return
		}
		failure, ok := errors.AsType[*actor.FetchError](err)
		if !ok {
			t.Fatalf("not a FetchError: %v", err)
		}
		if failure.RetryAfter < 0 || failure.RetryAfter > 24*time.Hour {
			t.Errorf("Retry-After %q keeps us for %v", retryAfter, failure.RetryAfter)
		}
		if n := len(w.requests()); n > 4 {
			t.Errorf("%d requests for one document", n)
		}
	})
}
