package afterlife

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"codeberg.org/godwit/godwit/vocab"
)

// A NestedError says that the id of one account lies inside of another's, whose posts
// stand there. No software names accounts so: one of the two archives is forged, and
// nobody but a person can say which.
type NestedError struct {
	Outer, Inner vocab.IRI
}

func (e *NestedError) Error() string {
	return fmt.Sprintf("account %s lies inside of account %s", e.Inner, e.Outer)
}

// Hint says what a person can do about it.
func (e *NestedError) Hint() string {
	return "find out which of the two was an account of the server, and leave the other's archive out"
}

// refuseNested returns a [*NestedError] if any account's id lies inside of another's.
func refuseNested(ids []vocab.IRI) error {
	type own struct {
		address
		id vocab.IRI
	}
	var all []own
	for _, id := range ids {
		if a, ok := addressOf(id); ok && a.query == "" && a.path != "/" {
			all = append(all, own{a, id})
		}
	}
	// With a slash behind each, what lies inside of an account comes right after it.
	slices.SortFunc(all, func(a, b own) int {
		return cmp.Or(strings.Compare(a.host, b.host), strings.Compare(a.path+"/", b.path+"/"))
	})
	for i := 1; i < len(all); i++ {
		outer, inner := all[i-1], all[i]
		if outer.host == inner.host && strings.HasPrefix(inner.path+"/", outer.path+"/") {
			return &NestedError{Outer: outer.id, Inner: inner.id}
		}
	}
	return nil
}
