package client

import (
	"crypto/sha256"
	"time"

	"codeberg.org/godwit/godwit/vocab"
)

const maxReplays = 200_000

// longest is how long one signature can be good: made as far ahead of our clock
// as is let through, until it is too old.
func (w Window) longest() time.Duration {
	return max(w.CavageBack+w.CavageAhead, w.RFC9421Back+w.RFC9421Ahead)
}

// replay tells deliveries apart: the hash of an activity's id and of its body.
type replay [sha256.Size]byte

func newReplay(activity vocab.IRI, body []byte) replay {
	h := sha256.New()
	id := sha256.Sum256([]byte(activity))
	h.Write(id[:])
	h.Write(body)
	return replay(h.Sum(nil))
}

// Seen reports whether the same activity with the same body was given to it
// within as long as a signature can be good (125 minutes, unless Options.Window
// says otherwise), and remembers it if not: of callers who ask at once, one
// hears false. A host asks after [Client.Verify], so that what nobody
// signed fills no memory, and drops what was seen.
//
// It asks only of what the activity's own actor signed, that is where
// Verified.Owner is the actor: a copy that somebody else sends on first, with a
// good signature of their own, must not hide the one that the actor sends.
//
// The memory is this process's own and holds 200,000 deliveries; where the
// oldest must make room sooner, the id of the activity is still the host's to
// know.
func (c *Client) Seen(activity vocab.IRI, body []byte) bool {
	now := c.now()
	return !c.replays.add(newReplay(activity, body), struct{}{}, now, now.Add(c.options.Window.longest()))
}

// Forget takes back a [Client.Seen], for a host that could not process the
// activity and wants its sender to try again.
func (c *Client) Forget(activity vocab.IRI, body []byte) {
	c.replays.drop(newReplay(activity, body))
}
