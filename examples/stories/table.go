package stories

// A Story is one that the tests tell.
type Story struct {
	Name string // as FEP-73cd numbers it, or "SocialCG" and the step
	Says string
	// Waits says for what a story waits that is not told in full yet; "" for one that
	// is. One that waits is skipped, and does not count as passed.
	Waits string
}

// All returns the stories in their order.
func All() []Story {
	return []Story{
		{Name: "1A", Says: "the old account ends with a sign that a person can read"},
		{Name: "1B", Says: "all old links lead to the new home page"},
		{Name: "1C", Says: "each old link leads to the same content at the new place"},
		{Name: "1D", Says: "the old account stays active, some posts are copied to a second one, and followers hear of it"},
		{Name: "1E", Says: "blocks and mutes come along"},
		{Name: "1F", Says: "the server's list of blocked servers comes along"},
		{Name: "2", Says: "an account restricted at Alpha moves to Beta, which Alpha refuses to talk to"},
		{Name: "3", Says: "the server went dark, and all is authenticated at the new one"},
		{Name: "4", Says: "content exported from Alpha is imported at Beta, and the two do not talk"},
		{Name: "5", Says: "an archive with moderation records is authenticated although its server is gone"},
		{Name: "6", Says: "the last import is loaded into a single-user server, moderation policies left out"},
		{Name: "7A", Says: "what the new server cannot hold is tried again years later, without duplicating the rest"},
		{Name: "7B", Says: "what could not be imported is kept, and comes out in the next export with everything else"},
	}
}
