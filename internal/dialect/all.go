package dialect

// All returns the dialects, in the order in which they are asked: the more that a
// dialect wants to see, the earlier.
func All() []Dialect {
	return []Dialect{
		activitiesNext(),
		fep6fcd(),
		mastodonArchive(),
		bookwyrm(),
		vernissage(),
		sharkey(),
		misskey(),
		pixelfed(),
		xArchive(),
		pleroma(),
		mastodon(),
		outbox(),
		gotosocial(),
		csvLists(),
	}
}
