package dialect

import "context"

// pleroma is the backup of Pleroma and Akkoma: Mastodon's files, with followers
// and following, and without the files of posts.
func pleroma() Dialect {
	return Dialect{Name: "pleroma", Match: isPleroma, Read: readPleroma}
}

func isPleroma(ctx context.Context, v *View) (bool, error) {
	root, ok, err := takeoutRoot(v)
	if err != nil || !ok || !v.Has(root+actorName) {
		return false, ctx.Err()
	}
	for _, mark := range []struct{ entry, word string }{
		{actorName, "/schemas/litepub-"}, {outboxName, "/schemas/litepub-"},
		{outboxName, `"url":[{"`}, {outboxName, `"url": [{"`},
	} {
		if found, err := v.HeadHas(ctx, root+mark.entry, mark.word); found || err != nil {
			return found, err
		}
	}
	return false, nil
}

func readPleroma(ctx context.Context, v *View) (*Account, error) {
	root, _, err := takeoutRoot(v)
	if err != nil {
		return nil, err
	}
	t, err := openTakeout(ctx, v, "pleroma", root)
	if err != nil {
		return nil, err
	}
	t.account.note(Lacks, "", "the files of posts, lists, blocks, mutes, filters, pins, former states of posts")
	t.account.Parts = t.parts(likes, bookmarks, followers, following)
	return t.account, nil
}
