package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"

	"codeberg.org/godwit/godwit/internal/fediverse"
	"codeberg.org/godwit/godwit/portability"
)

// A sourcePost is what the account's own documents say of a post, before any server
// had it.
type sourcePost struct {
	public bool     // it is for everybody
	files  []string // digests of those of its files that are there
}

// A sourceList is all posts, by their ids on the old server.
type sourceList map[string]sourcePost

// sourcePosts reads the list from what the account has.
func sourcePosts(ctx context.Context, have belongings, shelf *fediverse.Shelf) (sourceList, error) {
	all := sourceList{}
	for item, err := range have.Items(ctx, portability.Content, "") {
		if err != nil {
			return nil, err
		}
		if _, fatal := item.Fatal(); fatal {
			continue
		}
		minted, err := shelf.Mint(ctx, []portability.Item{item})
		if err != nil {
			return nil, err
		}
		id := string(minted[0].ID)
		if _, twice := all[id]; twice {
			continue
		}
		audience, _ := have.owner.AudienceOf(item)
		post := sourcePost{public: audience == portability.ForPublic || audience == portability.ForUnlisted}
		if post.files, err = digests(ctx, have, item.Media); err != nil {
			return nil, err
		}
		all[id] = post
	}
	return all, nil
}

// digests reads files. One that is not there has none.
func digests(ctx context.Context, from portability.MediaSource, media []portability.Medium) (all []string, err error) {
	for _, m := range media {
		file, _, err := from.OpenMedia(ctx, m)
		if errors.Is(err, portability.ErrNoMedium) {
			continue
		}
		if err != nil {
			return nil, err
		}
		sum := sha256.New()
		_, err = io.Copy(sum, file)
		if err := errors.Join(err, file.Close()); err != nil {
			return nil, err
		}
		all = append(all, hex.EncodeToString(sum.Sum(nil)))
	}
	return all, nil
}

// shown are the files of posts for everybody, by digest.
func (l sourceList) shown() map[string]bool {
	files := map[string]bool{}
	for _, post := range l {
		for _, digest := range post.files {
			if post.public {
				files[digest] = true
			}
		}
	}
	return files
}

// hidden are the files that no post for everybody uses.
func (l sourceList) hidden() map[string]bool {
	files, shown := map[string]bool{}, l.shown()
	for _, post := range l {
		for _, digest := range post.files {
			if !shown[digest] {
				files[digest] = true
			}
		}
	}
	return files
}
