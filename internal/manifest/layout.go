package manifest

// Name is the name of the manifest in archives that are written here.
const Name = "manifest.yml"

// SpecID names the layout of package backup, in Meta.Spec.
const SpecID = "https://codeberg.org/godwit/ns#archive"

// SpecOfLayout is what archives of package backup say about themselves.
func SpecOfLayout() Spec {
	return Spec{ID: SpecID, Version: "1", URL: "https://codeberg.org/godwit/godwit/src/branch/main/backup/DESIGN.md"}
}

// Where the formats of entries are documented.
const (
	urlManifest    = "https://codeberg.org/fediverse/fep/src/branch/main/fep/6fcd/fep-6fcd.md#manifest-file"
	urlActor       = "https://www.w3.org/TR/activitypub/#actor-objects"
	urlCollection  = "https://www.w3.org/TR/activitystreams-core/#collections"
	urlAttachments = "https://www.w3.org/TR/activitystreams-vocabulary/#dfn-attachment"
	urlCSV         = "https://docs.joinmastodon.org/user/moving/#export"
	urlKeys        = "https://codeberg.org/fediverse/fep/src/branch/main/fep/521a/fep-521a.md"
	urlOwn         = "https://codeberg.org/godwit/godwit/src/branch/main/backup/DESIGN.md#"
)

// A listed is one line of the layout. One without an url is a folder, and those
// that follow it stand in it, up to the next folder; nothing is said about what
// is in a folder that has one.
type listed struct{ name, url string }

// layout is what archives of package backup hold, in their order.
func layout() []listed {
	return []listed{
		{Name, urlManifest},
		{"activitypub/", ""},
		{"actor.json", urlActor},
		{"outbox.json", urlCollection},
		{"history.json", urlCollection},
		{"likes.json", urlCollection},
		{"shares.json", urlCollection},
		{"bookmarks.json", urlCollection},
		{"featured.json", urlCollection},
		{"following.json", urlCollection},
		{"followers.json", urlCollection},
		{"pending.json", urlCollection},
		{"blocked.json", urlCollection},
		{"muted.json", urlCollection},
		{"blocked_domains.json", urlCollection},
		{"lists.json", urlCollection},
		{"filters.json", urlCollection},
		{"featured_tags.json", urlCollection},
		{"preferences.json", urlCollection},
		{"keys.json", urlKeys},
		{"following_accounts.csv", urlCSV},
		{"followers.csv", urlCSV},
		{"blocked_accounts.csv", urlCSV},
		{"muted_accounts.csv", urlCSV},
		{"lists.csv", urlCSV},
		{"bookmarks.csv", urlCSV},
		{"blocked_domains.csv", urlCSV},
		{"objects", urlOwn + "layout"},
		{"attachments", urlAttachments},
		{"received/", ""},
		{"received.json", urlCollection},
		{"inbox.json.age", urlOwn + "layout"},
		{"/", ""},
		{"key", urlKeys},
		{"godwit/", ""},
		{"media.jsonl", urlOwn + "media"},
		{"urimap.jsonl", urlOwn + "layout"},
		{"volume.json", urlOwn + "volumes-and-increments"},
		{"removed.jsonl", urlOwn + "volumes-and-increments"},
		{"origin", urlOwn + "layout"},
		{"report.json", urlOwn + "layout"},
		{"integrity.jsonl", urlOwn + "integrity-and-proof"},
		{"proof.json", urlOwn + "integrity-and-proof"},
	}
}

// Layout writes the manifest of an archive of package backup. Except for what meta
// says it is always the same. A nil meta says nothing; what is "" is left out.
func Layout(meta *Meta) []byte {
	var m Meta
	if meta != nil {
		m = *meta
	}
	root := mapping(
		Member{Name: "ubc-version", Value: &Node{Text: "0.1", Plain: true}},
		Member{Name: "spec", Value: texts("id", m.Spec.ID, "version", m.Spec.Version, "url", m.Spec.URL)},
		Member{Name: "meta", Value: metaNode(m)},
		Member{Name: "contents", Value: contentsNode()},
	)
	return Format(root)
}

func metaNode(m Meta) *Node {
	by := texts("controller", m.Controller)
	if client := texts("name", m.Client.Name, "url", m.Client.URL); client != nil {
		by = mapping(append(members(by), Member{Name: "client", Value: client})...)
	}
	meta := texts("created", m.Created)
	if by != nil {
		meta = mapping(append(members(meta), Member{Name: "createdBy", Value: by})...)
	}
	return meta
}

func contentsNode() *Node {
	contents := &Node{Kind: Map}
	in := contents
	for _, l := range layout() {
		switch {
		case l.name == "/":
			in = contents
		case l.url == "":
			in = &Node{Kind: Map}
			folder := mapping(Member{Name: "contents", Value: in})
			contents.Members = append(contents.Members, Member{Name: l.name[:len(l.name)-1], Value: folder})
		default:
			in.Members = append(in.Members, Member{Name: l.name, Value: texts("url", l.url)})
		}
	}
	return contents
}

// mapping makes a map of the members that have a value.
func mapping(all ...Member) *Node {
	n := &Node{Kind: Map}
	for _, m := range all {
		if m.Value != nil {
			n.Members = append(n.Members, m)
		}
	}
	return n
}

// texts makes a map of names and texts, nil if all texts are "".
func texts(pairs ...string) *Node {
	var all []Member
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			all = append(all, Member{Name: pairs[i], Value: &Node{Text: pairs[i+1]}})
		}
	}
	if all == nil {
		return nil
	}
	return mapping(all...)
}

func members(n *Node) []Member {
	if n == nil {
		return nil
	}
	return n.Members
}
