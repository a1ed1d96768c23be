package backup

import (
	"maps"
	"strings"

	"codeberg.org/godwit/godwit/portability"
)

// recountAudiences counts again for whom everything is, where the account came
// behind its content.
func (w *Writer) recountAudiences() error {
	if !w.Recount {
		return nil
	}
	maps.DeleteFunc(w.Counts, func(name string, _ int64) bool {
		return strings.HasPrefix(name, "audience ") || strings.HasPrefix(name, "unaddressed ")
	})
	who := portability.ReadershipOf(w.actor)
	for _, k := range portability.Kinds() {
		if !hasAudience(k) {
			continue
		}
		if err := w.recountKind(who, k); err != nil {
			return err
		}
	}
	w.Recount = false
	return nil
}

func (w *Writer) recountKind(who portability.Readership, k portability.Kind) error {
	s, err := w.spool(string(k))
	if err != nil {
		return err
	}
	r := newRecords(s)
	for {
		_, ok, err := r.peek()
		if err != nil || !ok {
			return err
		}
		text, err := r.text()
		if err != nil {
			return err
		}
		item := portability.Item{Ref: portability.Ref{Kind: k}}
		if item.Object, err = unbare(k, text); err != nil {
			return err
		}
		if k == portability.Content {
			if item.Activity, err = unbare(portability.Outbox, text); err != nil {
				return err
			}
		}
		w.Counts.audience(who, item)
	}
}
