package site

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/portability"
)

// Options adjusts [Create]. A nil *Options is the same as a zero one.
type Options struct {
	// Title stands at the head of every page. Default: the account's name.
	Title string
	// Language is the BCP 47 tag of posts that name none. Default: none is said.
	Language string
	// Audiences are those whose posts are shown. Default: public and unlisted.
	// Followers may be asked for; direct messages, and what was for its author
	// alone, are refused.
	Audiences []portability.Audience
	// ShowReceived shows the text of public replies by others under the posts
	// that they answer. Default: links and counts.
	ShowReceived bool
	// BaseURL is where the site will stand: pages name it as canonical, and feeds
	// link there. Default: feeds link to the places at the old server.
	BaseURL string
	// KeepPaths puts each page at the path that its URL had at the old server,
	// where that is plainly safe, and writes redirects for the other URLs.
	// Default: pages are named by date and digest.
	KeepPaths bool
	// PerPage is how many posts stand on a page of many. Default 40, at most 500.
	PerPage int
}

// ErrAudience is returned for an audience that no site shows.
var ErrAudience = errors.New("a site shows posts that are public, unlisted or for followers, and no others")

// ErrBaseURL is returned for a BaseURL that is not one.
var ErrBaseURL = errors.New("the base URL is not an http or https URL without query and fragment")

const (
	defaultPerPage = 40
	mostPerPage    = 500
)

// settled returns the options with their defaults, or what is wrong with them.
func (o *Options) settled() (Options, error) {
	var s Options
	if o != nil {
		s = *o
	}
	if len(s.Audiences) == 0 {
		s.Audiences = []portability.Audience{portability.ForPublic, portability.ForUnlisted}
	}
	shown := []portability.Audience{portability.ForPublic, portability.ForUnlisted, portability.ForFollowers}
	for _, audience := range s.Audiences {
		if !slices.Contains(shown, audience) {
			return s, fmt.Errorf("%w: %q", ErrAudience, audience)
		}
	}
	if s.PerPage <= 0 {
		s.PerPage = defaultPerPage
	}
	s.PerPage = min(s.PerPage, mostPerPage)
	s.Language = languageTag(s.Language)
	return s, s.settleBase()
}

func (o *Options) settleBase() error {
	if o.BaseURL == "" {
		return nil
	}
	u, err := url.Parse(o.BaseURL)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Host == "", u.User != nil,
		u.RawQuery != "", u.ForceQuery, u.Fragment != "":
		return ErrBaseURL
	}
	for segment := range strings.SplitSeq(strings.Trim(u.Path, "/"), "/") {
		if segment != "" && !cleanSegment(segment) {
			return ErrBaseURL
		}
	}
	o.BaseURL = u.Scheme + "://" + u.Host + strings.TrimSuffix(u.Path, "/") + "/"
	return nil
}

// basePath is the path of the base URL, "/" if there is none.
func (o *Options) basePath() string {
	_, behind, _ := strings.Cut(o.BaseURL, "://")
	if _, path, found := strings.Cut(behind, "/"); found {
		return "/" + path
	}
	return "/"
}
