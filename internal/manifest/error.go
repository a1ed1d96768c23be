package manifest

import (
	"fmt"
	"strings"
)

// A Reason says, in a word that never changes, why a manifest is refused.
type Reason string

// The reasons.
const (
	TooLarge     Reason = "too-large"           // above Limits.Bytes
	TooManyNodes Reason = "too-many-nodes"      // above Limits.Nodes
	TooDeep      Reason = "too-deep"            // above Limits.Depth
	NotText      Reason = "not-text"            // neither UTF-8 nor UTF-16, or with a NUL in it
	Empty        Reason = "empty"               // no document
	Syntax       Reason = "syntax"              // not YAML
	Tab          Reason = "tab-indentation"     // a line begins with a tab
	Anchor       Reason = "anchor"              // a name for a node, for aliases to use
	Alias        Reason = "alias"               // a node that stands elsewhere
	MergeKey     Reason = "merge-key"           // "<<"
	Tag          Reason = "tag"                 // a tag that is not of the core schema
	ManyDocs     Reason = "several-documents"   // more than one
	KeyNotText   Reason = "key-not-text"        // a key that is a map or a list
	Duplicate    Reason = "duplicate-key"       // one key twice in a map
	NotMap       Reason = "not-a-map"           // the document is no map
	NoVersion    Reason = "version-missing"     // no ubc-version
	Unsupported  Reason = "version-unsupported" // a ubc-version that is not 0.1
	BadContents  Reason = "contents-shape"      // contents, or an entry, of another shape than the FEP's
	BadName      Reason = "name-unusable"       // absolute, empty, over 1,024 bytes, with "..", a backslash or a control character
	ListedTwice  Reason = "name-twice"          // one path twice in the contents
)

// An Error is why a manifest is refused.
type Error struct {
	Reason Reason
	Line   int    // from 1, as near as is known; 0 if it is about the whole
	Detail string // what the YAML parser said, printable; "" if the reason says it all
}

// Error says what failed, where and why.
func (e *Error) Error() string {
	text := "read manifest: "
	if e.Line > 0 {
		text += fmt.Sprintf("line %d: ", e.Line)
	}
	text += strings.ReplaceAll(string(e.Reason), "-", " ")
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

// Version says whether the manifest is refused for its version alone: another
// reader may know it.
func (e *Error) Version() bool { return e.Reason == NoVersion || e.Reason == Unsupported }

func refuse(r Reason, line int) error { return &Error{Reason: r, Line: line} }
