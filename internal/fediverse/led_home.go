package fediverse

import (
	"context"
	"time"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// ForwardHome has every old link to a post for everybody lead to the home page of the
// account to which its author has moved, where nothing better is known. [Server.Forward]
// replaces it by what is.
func (s *Server) ForwardHome(ctx context.Context, name string) error {
	a, err := s.Account(ctx, name)
	if err != nil {
		return err
	}
	posts, err := s.Posts(ctx, name)
	if err != nil {
		return err
	}
	known, err := s.copies.Find(ctx, posts)
	if err != nil {
		return err
	}
	return s.Forward(ctx, name, func(yield func(portability.Mapping, error) bool) {
		for _, post := range posts {
			if _, better := known[post]; better {
				continue
			}
			if !yield(homeward(a, post), nil) {
				return
			}
		}
	})
}

func homeward(a Account, post vocab.IRI) portability.Mapping {
	return portability.Mapping{
		Old: post, ID: post, New: a.MovedTo, Kind: portability.Content, From: a.ID, To: a.MovedTo,
		Audience: portability.ForPublic, At: time.Now(),
	}
}
