package dialect

import (
	"context"
	"slices"
)

// mastodon is the takeout of Mastodon, of all eras since 2.3.0, and of its forks.
func mastodon() Dialect {
	return Dialect{Name: "mastodon", Match: isMastodon, Read: readMastodon}
}

func isMastodon(ctx context.Context, v *View) (bool, error) {
	root, ok, err := takeoutRoot(v)
	if err != nil {
		return true, nil // Read refuses it
	}
	return ok && hasEntry(v, root+actorName), ctx.Err()
}

func readMastodon(ctx context.Context, v *View) (*Account, error) {
	root, _, err := takeoutRoot(v)
	if err != nil {
		return nil, err
	}
	t, err := openTakeout(ctx, v, "mastodon", root)
	if err != nil {
		return nil, err
	}
	signed, err := v.HeadHas(ctx, root+outboxName, `"RsaSignature2017"`)
	if err != nil {
		return nil, err
	}
	if signed {
		t.account.note(NotVerified, root+outboxName, "its signatures were made before the export changed what they cover")
	}
	t.account.note(Lacks, "", "followers, following, lists, blocks, mutes, filters, pins, drafts, former states of posts, own votes")
	t.account.Parts = t.parts(likes, bookmarks)
	return t.account, nil
}

// hasEntry reports whether an entry is there, or would be if it were no link.
func hasEntry(v *View, name string) bool {
	return v.Has(name) || slices.Contains(leftOut(v), name)
}
