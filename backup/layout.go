package backup

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"codeberg.org/godwit/godwit/internal/dialect"
	"codeberg.org/godwit/godwit/portability"
)

// Names of entries.
const (
	manifestEntry  = "manifest.yml"
	actorEntry     = "activitypub/actor.json"
	outboxEntry    = "activitypub/outbox.json"
	historyEntry   = "activitypub/history.json"
	unknownEntry   = "activitypub/objects/unknown.jsonl"
	receivedEntry  = "received/received.json"
	inboxEntry     = "received/inbox.json.age"
	attachments    = "activitypub/attachments/"
	mediaEntry     = "godwit/media.jsonl"
	urimapEntry    = "godwit/urimap.jsonl"
	volumeEntry    = "godwit/volume.json"
	removedEntry   = "godwit/removed.jsonl"
	originEntries  = "godwit/origin/"
	reportEntry    = "godwit/report.json"
	integrityEntry = "godwit/integrity.jsonl"
	proofEntry     = "godwit/proof.json"
)

func keyEntry(n int) string { return "key/" + strconv.Itoa(n+1) + ".json.age" }

// A collection is an entry that is one ActivityStreams collection.
type collection struct {
	name    string
	kind    portability.Kind
	ordered bool
	context string
}

// wholeCollections are those that stand whole in the first volume, in their order
// in the archive, from behind history to before the CSVs.
func wholeCollections() []collection {
	return []collection{
		{"activitypub/likes.json", portability.Liked, true, contextOfObjects},
		{"activitypub/shares.json", portability.Shared, true, contextOfObjects},
		{"activitypub/bookmarks.json", portability.Bookmarks, true, contextOfOwn},
		{"activitypub/featured.json", portability.Featured, true, contextOfObjects},
		{"activitypub/following.json", portability.Following, false, contextOfOwn},
		{"activitypub/followers.json", portability.Followers, false, contextOfOwn},
		{"activitypub/pending.json", portability.Pending, false, contextOfOwn},
		{"activitypub/blocked.json", portability.Blocked, false, contextOfOwn},
		{"activitypub/muted.json", portability.Muted, false, contextOfOwn},
		{"activitypub/blocked_domains.json", portability.BlockedDomains, false, contextOfOwn},
		{"activitypub/lists.json", portability.Lists, false, contextOfOwn},
		{"activitypub/filters.json", portability.Filters, false, contextOfOwn},
		{"activitypub/featured_tags.json", portability.FeaturedTags, false, contextOfOwn},
		{"activitypub/preferences.json", portability.Preferences, false, contextOfOwn},
		{"activitypub/keys.json", portability.Keys, false, contextOfKeys},
	}
}

var (
	outboxCollection   = collection{outboxEntry, portability.Outbox, true, contextOfObjects}
	historyCollection  = collection{historyEntry, portability.History, true, contextOfObjects}
	receivedCollection = collection{receivedEntry, portability.Received, true, contextOfObjects}
	inboxCollection    = collection{inboxEntry, portability.Inbox, true, contextOfObjects}
)

// Contexts of collections. Elements that have one of their own keep it; for the
// others these define what servers write without one.
const (
	contextOfObjects = dialect.ContextOfObjects
	contextOfOwn     = `["https://www.w3.org/ns/activitystreams",{"godwit":"https://codeberg.org/godwit/ns#",` +
		`"@vocab":"https://codeberg.org/godwit/ns#"}]`
	contextOfKeys = `["https://www.w3.org/ns/activitystreams","https://w3id.org/security/multikey/v1"]`
)

func (c collection) head() string {
	typ, items := "Collection", "items"
	if c.ordered {
		typ, items = "OrderedCollection", "orderedItems"
	}
	return fmt.Sprintf(`{"@context":%s,"type":%q,%q:[`+"\n", c.context, typ, items)
}

func (c collection) foot(total int64) string { return fmt.Sprintf(`],"totalItems":%d}`+"\n", total) }

// size is how long the entry is with so many elements.
func (c collection) size(s slice) int64 {
	return int64(len(c.head())+len(c.foot(s.items))) + s.bytes + separators(s.items)
}

// separators is how much stands between elements, and behind the last: a comma and
// a line break, or the break alone.
func separators(items int64) int64 { return max(0, 2*items-1) }

// volumePath is where volume n stands: the number comes before the endings.
func volumePath(whole string, n int) string {
	dir, base := path.Split(whole)
	stem, endings := base, ""
	for _, ending := range []string{".gz", ".zst", ".tgz", ".tar"} {
		if rest, ok := strings.CutSuffix(stem, ending); ok && rest != "" {
			stem, endings = rest, ending+endings
		}
	}
	return dir + fmt.Sprintf("%s.%03d%s", stem, n, endings)
}
