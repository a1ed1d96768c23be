package dialect

import (
	"bytes"
	"context"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// vernissage is the archive of Vernissage: the names of Mastodon's takeout, but the
// outbox is a bare array of Notes, the other collections are bare arrays of ids,
// the files stand under the last segments of their URLs, and the documents keep
// those URLs.
func vernissage() Dialect {
	return Dialect{
		Name: "vernissage",
		Match: func(ctx context.Context, v *View) (bool, error) {
			root, ok, err := takeoutRoot(v)
			if err != nil || !ok || !v.Has(root+actorName) {
				return false, ctx.Err() // of two outboxes the takeout's dialect speaks
			}
			head, err := v.Head(ctx, root+outboxName)
			begins := bytes.HasPrefix(bytes.TrimLeft(head, "\ufeff \t\r\n"), []byte("["))
			return begins && bytes.Contains(head, []byte(`"Note"`)) && !bytes.Contains(head, []byte(`"Create"`)), err
		},
		Read: readVernissage,
	}
}

func readVernissage(ctx context.Context, v *View) (*Account, error) {
	root, _, err := takeoutRoot(v)
	if err != nil {
		return nil, err
	}
	t, err := openTakeout(ctx, v, "vernissage", root)
	if err != nil {
		return nil, err
	}
	t.account.note(Lacks, "", "shares, followers, following, lists, blocks, mutes, former states of posts, keys")
	t.account.Parts = t.parts(likes, bookmarks)
	outbox := t.collection(outboxName)
	sorted := &order{elements: outbox.elements, scratch: v.Scratch, account: t.account, entry: outbox.entry, date: dateOf(v, vocab.Published)}
	for i, part := range t.account.Parts {
		switch {
		case part.Name != outbox.entry:
		case part.Kind == portability.Content:
			t.account.Parts[i].Each = inOrder(sorted.each, outbox.content)
		case part.Kind == portability.Outbox:
			t.account.Parts[i].Each = inOrder(sorted.each, outbox.activity)
		}
	}
	return t.account, nil
}
