package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"codeberg.org/godwit/godwit/actor/client"
)

// inbox takes in one activity.
func (s *server) inbox(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBytes))
	if err != nil {
		http.Error(w, "the activity is too large", http.StatusRequestEntityTooLarge)
		return
	}
	sender, err := s.moves.client.Verify(r.Context(), r, body)
	if err != nil {
		http.Error(w, err.Error(), client.Status(err))
		return
	}
	var a activity
	if err := json.Unmarshal(body, &a); err != nil || a.Actor != string(sender.Owner) {
		http.Error(w, "not the sender's activity", http.StatusBadRequest)
		return
	}
	if err := errors.Join(s.take(r.Context(), a), s.moves.take(r.Context(), sender, body)); err != nil {
		http.Error(w, "try again later", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

// take does what an activity of its sender asks for.
func (s *server) take(ctx context.Context, a activity) error {
	var inner activity
	if json.Unmarshal(a.Object, &inner) != nil { // only named
		_ = json.Unmarshal(a.Object, &inner.ID)
	}
	switch a.Type {
	case "Follow":
		return s.accept(ctx, a)
	case "Accept", "Reject":
		return s.answered(ctx, inner.ID, a.Actor, a.Type == "Accept")
	case "Undo":
		var followed string
		if inner.Type != "Follow" || json.Unmarshal(inner.Object, &followed) != nil {
			return nil
		}
		return s.unfollowed(ctx, a.Actor, followed)
	case "Create":
		return s.read(ctx, a)
	}
	return nil
}
