package manifest

// A Kind is what a [Node] is.
type Kind byte

// The kinds. The zero Kind is a scalar.
const (
	Scalar Kind = iota
	Map
	List
)

// A Node is one node of a manifest's tree, as it was written.
type Node struct {
	Kind    Kind
	Text    string   // of a scalar, whatever a YAML reader may take it for
	Plain   bool     // a scalar without quotation marks
	Members []Member // of a map, in their order; no two have one name
	Items   []*Node  // of a list
	Line    int      // where it begins, from 1; 0 if it was not read
}

// A Member is one key of a map and its value.
type Member struct {
	Name  string
	Line  int
	Value *Node
}

// Get returns the value of a key, nil if there is none or n is no map.
func (n *Node) Get(name string) *Node {
	if n == nil {
		return nil
	}
	for _, m := range n.Members {
		if m.Name == name {
			return m.Value
		}
	}
	return nil
}

// Null reports whether nothing is written: no node, or one of YAML's words for
// none without quotation marks.
func (n *Node) Null() bool {
	return n == nil || n.Kind == Scalar && n.Plain && nullWord(n.Text)
}

func nullWord(text string) bool {
	switch text {
	case "", "~", "null", "Null", "NULL":
		return true
	}
	return false
}

// text returns the text of a scalar, "" for any other node.
func (n *Node) text() string {
	if n.Null() || n.Kind != Scalar {
		return ""
	}
	return n.Text
}
