package manifest

import (
	"iter"
	"strings"
	"unicode"
)

// A Manifest is one that was read.
type Manifest struct {
	Meta
	// Version is the ubc-version as it stands.
	Version string
	// Contents are what the manifest lists.
	Contents []*Entry
	// Root is all that stands in it.
	Root *Node
	// Odd are the unusual things about it.
	Odd []Oddity

	paths map[string]*Entry
}

// Meta is what a manifest says about its archive. Nothing of it is proved.
type Meta struct {
	Created    string // when; the FEP has a date, or a date and time
	Controller string // URL of who it was made by or for, such as an actor
	Client     Client
	Spec       Spec
}

// A Client is the software that made an archive.
type Client struct{ Name, URL string }

// A Spec is the profile of FEP-6fcd that an archive keeps to: what is in it, and
// where. The member is not the FEP's own, but wallets' archives have it.
type Spec struct{ ID, Version, URL string }

// An Entry is one file or folder that a manifest lists.
type Entry struct {
	Name string // relative to the folder that it is listed in; it may have slashes
	// URL says what the entry is: where its format is documented, often with the
	// role after "#". It is no place to fetch anything from.
	URL string
	// Folder: the manifest lists what is below. It may list nothing.
	Folder   bool
	Contents []*Entry
	// Node has the entry's other members; nil for a bare name.
	Node *Node
	Line int
}

// pathBytes is how long a path may be, as in package container.
const pathBytes = 1024

// Parse reads a manifest. The error is an [*Error].
func Parse(data []byte, limits *Limits) (*Manifest, error) {
	l := limits.orDefault()
	if len(data) > l.Bytes {
		return nil, refuse(TooLarge, 0)
	}
	text, odd, err := decode(data)
	if err != nil {
		return nil, err
	}
	root, err := tree(text, l)
	if err != nil {
		return nil, err
	}
	m := &Manifest{Root: root, Odd: odd, paths: map[string]*Entry{}}
	if err := m.read(); err != nil {
		return nil, err
	}
	return m, nil
}

func (m *Manifest) read() error {
	if m.Root.Kind != Map {
		return refuse(NotMap, m.Root.Line)
	}
	version := m.Root.Get("ubc-version")
	m.Version = version.text()
	switch {
	case version.Null():
		return refuse(NoVersion, 0)
	case !supported(m.Version):
		return refuse(Unsupported, version.Line)
	case m.Version != "0.1":
		m.Odd = append(m.Odd, VersionOdd)
	}
	m.Meta = readMeta(m.Root)
	for _, member := range m.Root.Members {
		if member.Name == "contents" {
			var err error
			m.Contents, err = m.list(member.Value, "")
			return err
		}
	}
	m.Odd, m.paths = append(m.Odd, NoContents), nil
	return nil
}

func readMeta(root *Node) Meta {
	meta := root.Get("meta")
	by := meta.Get("createdBy")
	client, spec := by.Get("client"), root.Get("spec")
	return Meta{
		Created:    meta.Get("created").text(),
		Controller: by.Get("controller").text(),
		Client:     Client{Name: client.Get("name").text(), URL: client.Get("url").text()},
		Spec:       Spec{ID: spec.Get("id").text(), Version: spec.Get("version").text(), URL: spec.Get("url").text()},
	}
}

// list reads contents, which the FEP has as a map, and wallets' archives as a list
// of names and maps of one name.
func (m *Manifest) list(n *Node, folder string) ([]*Entry, error) {
	var entries []*Entry
	add := func(name string, line int, value *Node) error {
		e, err := m.entry(name, line, value, folder)
		entries = append(entries, e)
		return err
	}
	if !n.Null() && n.Kind == Scalar {
		return nil, refuse(BadContents, n.Line)
	}
	for _, member := range n.Members {
		if err := add(member.Name, member.Line, member.Value); err != nil {
			return nil, err
		}
	}
	for _, item := range n.Items {
		var err error
		switch {
		case item.Kind == Scalar:
			err = add(item.Text, item.Line, nil)
		case item.Kind == Map && len(item.Members) == 1:
			err = add(item.Members[0].Name, item.Line, item.Members[0].Value)
		default:
			err = refuse(BadContents, item.Line)
		}
		if err != nil {
			return nil, err
		}
	}
	return entries, nil
}

func (m *Manifest) entry(name string, line int, value *Node, folder string) (*Entry, error) {
	clean, ok := cleanName(name)
	if !ok {
		return nil, refuse(BadName, line)
	}
	e := &Entry{Name: clean, Node: value, Line: line, Folder: strings.HasSuffix(name, "/")}
	path := join(folder, clean)
	switch {
	case len(path) > pathBytes:
		return nil, refuse(BadName, line)
	case m.paths[path] != nil:
		return nil, refuse(ListedTwice, line)
	}
	m.paths[path] = e
	switch {
	case value.Null():
		return e, nil
	case value.Kind == Scalar:
		e.URL = value.Text
		return e, nil
	case value.Kind == List:
		return nil, refuse(BadContents, value.Line)
	}
	e.URL = value.Get("url").text()
	if contents := value.Get("contents"); contents != nil {
		e.Folder = true
		var err error
		e.Contents, err = m.list(contents, path)
		return e, err
	}
	return e, nil
}

// cleanName takes "." and needless slashes out of a name, and refuses one that an
// archive may not have.
func cleanName(name string) (string, bool) {
	if strings.HasPrefix(name, "/") || strings.Contains(name, `\`) || strings.ContainsFunc(name, unicode.IsControl) {
		return "", false
	}
	var kept []string
	for segment := range strings.SplitSeq(name, "/") {
		switch segment {
		case "..":
			return "", false
		case "", ".":
		default:
			kept = append(kept, segment)
		}
	}
	return strings.Join(kept, "/"), len(kept) > 0
}

func join(folder, name string) string {
	if folder == "" {
		return name
	}
	return folder + "/" + name
}

// Walk yields every path that is listed, folders before what is in them.
func (m *Manifest) Walk() iter.Seq2[string, *Entry] {
	return func(yield func(string, *Entry) bool) { walk(m.Contents, "", yield) }
}

func walk(entries []*Entry, folder string, yield func(string, *Entry) bool) bool {
	for _, e := range entries {
		path := join(folder, e.Name)
		if !yield(path, e) || !walk(e.Contents, path, yield) {
			return false
		}
	}
	return true
}

// Find returns the entry that is listed under a path, nil if none is.
func (m *Manifest) Find(path string) *Entry { return m.paths[path] }

// Lists reports whether a file is listed: under its path, or under that of a folder
// of which the manifest does not say what is in it. A manifest without contents
// says nothing, and so lists everything.
func (m *Manifest) Lists(path string) bool {
	if m.paths == nil || m.paths[path] != nil {
		return true
	}
	for {
		i := strings.LastIndexByte(path, '/')
		if i < 0 {
			return false
		}
		path = path[:i]
		if e := m.paths[path]; e != nil {
			return len(e.Contents) == 0
		}
	}
}
