package afterlife

import (
	"errors"

	"codeberg.org/godwit/godwit/internal/scratch"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// hiddenKey stands for something of an account that is not for everybody. What an
// account hides says nothing of the posts of others.
func hiddenKey(account, id vocab.IRI) key {
	return keyOf("hidden", string(account), "\x00", string(id))
}

// hide notes the id of something that is not for strangers: for the documents of the
// account, and for the maps, which may call it public.
func (r *reading) hide(id vocab.IRI) error {
	id = id.Document()
	k := hiddenKey(r.account.ID, id)
	return errors.Join(r.private.Put(scratch.Key(privateKey(id)), []byte{1}), r.segment.write(markHidden, k[:]))
}

// hides reports whether the archive of an account hides what a map calls public.
func (b *build) hides(m portability.Mapping) (bool, error) {
	for _, id := range []vocab.IRI{m.ID, m.Old} {
		if _, is, err := b.hidden.Get(scratch.Key(hiddenKey(m.From, id.Document()))); is || err != nil {
			return is, err
		}
	}
	return false, nil
}
