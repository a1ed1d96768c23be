package redirect

// Software is a family of servers that give their things the same addresses.
type Software string

// The families whose addresses are known. Forks go with what they were forked from:
// Akkoma with Pleroma, Sharkey with Misskey, glitch-soc with Mastodon.
const (
	Mastodon   Software = "mastodon"
	GoToSocial Software = "gotosocial"
	Misskey    Software = "misskey"
	Pleroma    Software = "pleroma"
	Pixelfed   Software = "pixelfed"
	WordPress  Software = "wordpress"
)

// Families returns them all.
func Families() []Software {
	return []Software{Mastodon, GoToSocial, Misskey, Pleroma, Pixelfed, WordPress}
}

// A family is how one sort of software names its things. A pattern is a path, with
// the parts that differ in braces; see [match] for what each may hold.
type family struct {
	name Software
	// posts are the ids of posts and their pages first, keys of them, then further addresses of
	// the same, from which a key follows where all its parts are known.
	posts    patterns
	profiles patterns
	// kept are inboxes, collections and keys.
	kept []string
	// files yields further addresses of an uploaded file; nil if there are none.
	files func(path string) []string
}

type patterns struct {
	keys []string // what documents give as id or url
	more []string // what else leads there
}

func (p patterns) all() []string { return append(append([]string(nil), p.keys...), p.more...) }

// families is read only.
var families = []family{
	{
		name: Mastodon,
		posts: patterns{
			keys: []string{"/users/{user}/statuses/{num}", "/@{user}/{num}", "/ap/users/{account}/statuses/{num}"},
			more: []string{"/users/{user}/statuses/{num}/activity", "/users/{user}/statuses/{num}.json", "/@{user}/{num}.json",
				"/ap/users/{account}/statuses/{num}/activity",
				"/@{user}/{num}/embed", "/@{user}/{num}/reblogs", "/@{user}/{num}/favourites", "/@{user}/{num}/quotes",
				"/deck/@{user}/{num}", "/web/@{user}/{num}", "/web/statuses/{num}", "/statuses/{num}"},
		},
		profiles: patterns{
			keys: []string{"/users/{user}", "/@{user}", "/ap/users/{account}"},
			more: []string{"/deck/@{user}", "/web/@{user}", "/web/accounts/{account}", "/@{user}/with_replies",
				"/@{user}/media", "/@{user}/featured", "/@{user}.rss", "/users/{user}.rss"},
		},
		kept: []string{"/users/{user}/inbox", "/users/{user}/outbox", "/users/{user}/followers", "/users/{user}/following",
			"/users/{user}/collections/{word}", "/users/{user}/followers_synchronization", "/ap/users/{account}/inbox",
			"/ap/users/{account}/outbox", "/ap/users/{account}/followers", "/ap/users/{account}/following",
			"/ap/users/{account}/collections/{word}", "/actor", "/actor/{word}"},
		files: mastodonFiles,
	},
	{
		name: GoToSocial,
		posts: patterns{
			keys: []string{"/users/{user}/statuses/{ulid}", "/@{user}/statuses/{ulid}"},
			more: []string{"/users/{user}/statuses/{ulid}/activity"},
		},
		profiles: patterns{
			keys: []string{"/users/{user}", "/@{user}"},
			more: []string{"/@{user}/feed.rss"},
		},
		kept: []string{"/users/{user}/inbox", "/users/{user}/outbox", "/users/{user}/followers", "/users/{user}/following",
			"/users/{user}/liked", "/users/{user}/main-key", "/users/{user}/collections/{word}"},
		files: goToSocialFiles,
	},
	{
		name: Misskey,
		posts: patterns{
			keys: []string{"/notes/{word}"},
			more: []string{"/notes/{word}/activity", "/embed/notes/{word}"},
		},
		profiles: patterns{
			keys: []string{"/users/{account}", "/@{user}"},
			more: []string{"/@{user}/notes", "/@{user}/files", "/@{user}/home", "/@{user}.rss", "/@{user}.atom", "/@{user}.json",
				"/embed/user-timeline/{account}"},
		},
		kept: []string{"/users/{account}/inbox", "/users/{account}/outbox", "/users/{account}/followers",
			"/users/{account}/following", "/users/{account}/publickey", "/users/{account}/collections/{word}"},
		files: misskeyFiles,
	},
	{
		name: Pleroma,
		posts: patterns{
			keys: []string{"/objects/{object}", "/notice/{word}", "/activities/{create}"},
			more: []string{"/notice/{word}/embed_player", "/@{user}/posts/{word}", "/embed/{word}"},
		},
		profiles: patterns{
			keys: []string{"/users/{user}", "/users/{account}", "/@{user}", "/{user}"},
			more: []string{"/users/{user}/feed", "/users/{user}/feed.atom", "/users/{user}/feed.rss", "/users/{user}.atom", "/users/{user}.rss"},
		},
		kept: []string{"/users/{user}/inbox", "/users/{user}/outbox", "/users/{user}/followers", "/users/{user}/following",
			"/users/{user}/collections/{word}", "/internal/fetch", "/relay"},
		files: pleromaFiles,
	},
	{
		name: Pixelfed,
		posts: patterns{
			keys: []string{"/p/{user}/{num}"},
			more: []string{"/p/{user}/{num}/activity", "/p/{user}/{num}/embed", "/i/web/post/{num}"},
		},
		profiles: patterns{
			keys: []string{"/users/{user}", "/{user}", "/@{user}"},
			more: []string{"/users/{user}.atom", "/i/web/profile/{account}"},
		},
		kept: []string{"/users/{user}/inbox", "/users/{user}/outbox", "/users/{user}/followers", "/users/{user}/following",
			"/f/inbox", "/i/actor", "/i/actor/{word}"},
		files: pixelfedFiles,
	},
	{
		name:  WordPress,
		posts: wordPressPosts,
		profiles: patterns{
			keys: []string{"/@{user}", "/author/{user}/", "/author/{user}", "/?author={account}",
				"/wp-json/activitypub/1.0/actors/{account}", "/wp-json/activitypub/1.0/users/{account}"},
			more: []string{"/author/{user}/feed/", "/author/{user}/feed"},
		},
		kept: []string{"/wp-json/activitypub/1.0/actors/{account}/{word}", "/wp-json/activitypub/1.0/users/{account}/{word}",
			"/wp-json/activitypub/1.0/actors/{account}/collections/{word}", "/wp-json/activitypub/1.0/users/{account}/collections/{word}",
			"/wp-json/activitypub/1.0/inbox", "/wp-json/activitypub/1.0/application"},
		files: wordPressFiles,
	},
}

// reserved reports whether what stands behind an actor's id and a slash is none of its
// posts, whatever the software.
func reserved(rest string) bool {
	first, _, _ := cutAny(rest, "/?")
	switch first {
	case "", "inbox", "outbox", "followers", "following", "liked", "likes", "featured", "collections", "main-key",
		"publickey", "followers_synchronization", "with_replies", "media", "tagged", "feed", "feed.rss", "feed.atom":
		return true
	}
	return false
}
