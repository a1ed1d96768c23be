package dialect

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// xMediaFolders are where X has put the files of posts, if the manifest does not say.
var xMediaFolders = []string{"tweets_media", "tweet_media", "community_tweet_media", "twitter_circle_tweet_media"}

// findMedia finds the folders of files: where the manifest says, and beside the
// scripts of posts.
func (x *xExport) findMedia() {
	add := func(folder string) {
		if folder = path.Clean(folder); !slices.Contains(x.media, folder) {
			x.media = append(x.media, folder)
		}
	}
	if x.manifest != nil {
		for _, name := range []string{"tweets", "tweet", "tweetsMedia", "communityTweet", "twitterCircleTweet"} {
			if folder := x.manifest.Types[name].Media; folder != "" {
				add(x.root + string(folder))
			}
		}
	}
	for _, kind := range xPosts {
		for _, f := range x.files[kind] {
			for _, folder := range xMediaFolders {
				add(path.Join(path.Dir(f.name), folder))
			}
		}
	}
}

// An xMedia is a picture or film in a post.
type xMedia struct {
	Type     xText `json:"type"` // photo, video or animated_gif
	URL      xText `json:"url"`  // how the text names it
	Secure   xText `json:"media_url_https"`
	Plain    xText `json:"media_url"`
	Alt      xText `json:"ext_alt_text"`
	AltAlone xText `json:"alt_text"`
	Video    struct {
		Variants []xVariant `json:"variants"`
	} `json:"video_info"`
	Sizes struct {
		Large struct {
			W xText `json:"w"`
			H xText `json:"h"`
		} `json:"large"`
	} `json:"sizes"`
}

// An xVariant is one of the forms that a film has.
type xVariant struct {
	Rate xText `json:"bitrate"`
	URL  xText `json:"url"`
}

// links are the addresses of a file, the best first: of a film its variants, then
// the picture of it.
func (m xMedia) links() []string {
	var links []string
	films := slices.Clone(m.Video.Variants)
	slices.SortStableFunc(films, func(a, b xVariant) int {
		rateA, _ := a.Rate.number()
		rateB, _ := b.Rate.number()
		return cmp.Compare(rateB, rateA)
	})
	for _, f := range films {
		links = append(links, string(f.URL))
	}
	links = append(links, string(cmp.Or(m.Secure, m.Plain)))
	return slices.DeleteFunc(links, func(link string) bool { return !vocab.IRI(link).IsHTTP() })
}

// attach makes the attachment of a file, and finds it in the archive.
func (x *xExport) attach(post xText, m xMedia) (map[string]any, portability.Medium, bool) {
	links := m.links()
	if len(links) == 0 {
		return nil, portability.Medium{}, false
	}
	link, entry := links[0], ""
	for _, l := range links {
		if entry = x.findFile(post, l); entry != "" {
			link = l
			break
		}
	}
	doc := map[string]any{"type": "Document", "url": link}
	put := func(name, value string) {
		if value != "" {
			doc[name] = value
		}
	}
	put("mediaType", xMediaType(link))
	put("name", string(cmp.Or(m.Alt, m.AltAlone)))
	width, okW := m.Sizes.Large.W.number()
	height, okH := m.Sizes.Large.H.number()
	if okW && okH {
		doc["width"], doc["height"] = width, height
	}
	return doc, x.medium(link, entry), true
}

// findFile finds a file of a post, which has the post's number and the end of its
// address for a name.
func (x *xExport) findFile(post xText, link string) string {
	name := xBase(link)
	if name == "" {
		return ""
	}
	for _, folder := range x.media {
		if entry := path.Join(folder, string(post)+"-"+name); x.view.Has(entry) {
			return entry
		}
	}
	return ""
}

// medium names a file; entry is "" if it is not there.
func (x *xExport) medium(link, entry string) portability.Medium {
	m := portability.Medium{URL: vocab.IRI(link), Path: entry, Type: xMediaType(link), Size: -1}
	if entry != "" {
		m.Size = x.view.Size(entry)
	}
	return m
}

// xBase is the last part of the path of an address.
func xBase(link string) string {
	u, err := url.Parse(link)
	if err != nil || strings.HasSuffix(u.Path, "/") || u.Path == "" {
		return ""
	}
	return path.Base(u.Path)
}

func xMediaType(link string) string {
	switch strings.ToLower(path.Ext(xBase(link))) {
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".png":
		return "image/png"
	case ".gif":
		return "image/gif"
	case ".webp":
		return "image/webp"
	case ".mp4":
		return "video/mp4"
	}
	return ""
}

// spare are the files in the folders of posts that no post uses.
func (x *xExport) spare(a *Account) func(context.Context) iter.Seq2[kept, error] {
	return func(ctx context.Context) iter.Seq2[kept, error] {
		return func(yield func(kept, error) bool) {
			used, err := x.used(ctx, a)
			if err != nil {
				yield(kept{}, err)
				return
			}
			for _, name := range x.view.Names() {
				if slices.Contains(x.media, path.Dir(name)) && !used[name] && !yield(kept{entry: name, kind: xMediaType(name)}, nil) {
					return
				}
			}
		}
	}
}

func (x *xExport) used(ctx context.Context, a *Account) (map[string]bool, error) {
	used := map[string]bool{}
	for _, f := range x.scripts {
		for e, err := range x.elements(ctx, a, f) {
			if err != nil {
				return nil, err
			}
			p, _ := xReadPost(e.Data)
			for _, m := range p.media() {
				if _, medium, ok := x.attach(p.number(), m); ok && medium.Path != "" {
					used[medium.Path] = true
				}
			}
		}
	}
	return used, nil
}

// hasMedia reports whether there is any file in the folders of posts.
func (x *xExport) hasMedia() bool {
	return slices.ContainsFunc(x.view.Names(), func(name string) bool { return slices.Contains(x.media, path.Dir(name)) })
}

// leftFolders reports the files in other folders of the archive, those of messages
// and of what was deleted, by their number.
func (x *xExport) leftFolders() {
	files := map[string]int{}
	for _, name := range x.view.Names() {
		folder := path.Dir(name)
		if !strings.HasPrefix(name, x.root) || !strings.HasSuffix(folder, "_media") || path.Base(folder) == "profile_media" {
			continue
		}
		if !slices.Contains(x.media, folder) {
			files[folder]++
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(files)) {
		x.odd(ForeignRecord, folder, fmt.Sprintf("%d files not passed on", files[folder]))
	}
}
