package jsonld

// mastodon is what the URL of its namespace, which never answers, is taken for.
var mastodon = &Context{
	Terms: join(
		Terms{
			"toot":       {ID: "http://joinmastodon.org/ns#"},
			"focalPoint": {ID: "toot:focalPoint", Container: "@list"},
		},
		named("toot:", plain, "Emoji blurhash discoverable indexable memorial votersCount suspended"),
		named("toot:", ref, "featured featuredTags attributionDomains"),
	),
}

// goToSocial has interaction policies.
var goToSocial = &Context{
	Terms: join(
		Terms{
			"xsd":                {ID: "http://www.w3.org/2001/XMLSchema#"},
			"gts":                {ID: "https://gotosocial.org/ns#"},
			"LikeAuthorization":  {ID: "gts:LikeApproval"},
			"quoteAuthorization": {ID: "https://w3id.org/fep/044f#quoteAuthorization", Type: "@id"},
		},
		named("gts:", plain, `
			LikeRequest ReplyRequest AnnounceRequest ReplyAuthorization AnnounceAuthorization`),
		named("https://w3id.org/fep/044f#", plain, "QuoteRequest QuoteAuthorization"),
		named("gts:", ref, `
			likeAuthorization replyAuthorization announceAuthorization interactingObject interactionTarget
			interactionPolicy canLike canReply canAnnounce canQuote automaticApproval manualApproval always
			approvalRequired approvedBy`),
		named("gts:", Term{Type: "xsd:boolean"}, "hidesToPublicFromUnauthedWeb hidesCcPublicFromUnauthedWeb"),
	),
}

// lemmy is for communities; it gives "expires" a meaning of its own.
var lemmy = &Context{
	Before: []string{"https://w3id.org/security/v1"},
	Terms: join(
		Terms{
			"as":              {ID: "https://www.w3.org/ns/activitystreams#"},
			"lemmy":           {ID: "https://join-lemmy.org/ns#"},
			"litepub":         {ID: "http://litepub.social/ns#"},
			"pt":              {ID: "https://joinpeertube.org/ns#"},
			"sc":              {ID: "http://schema.org/"},
			"mastodon":        {ID: "http://joinmastodon.org/ns#"},
			"expires":         {ID: "as:endTime"},
			"language":        {ID: "sc:inLanguage"},
			"ChatMessage":     {ID: "litepub:ChatMessage"},
			"commentsEnabled": {ID: "pt:commentsEnabled"},
			"moderators":      {ID: "lemmy:moderators", Type: "@id"},
			"identifier":      {ID: "sc:identifier"},
			"featured":        {ID: "mastodon:featured", Type: "@id"},
		},
		named("as:", plain, "sensitive Hashtag"),
		named("lemmy:", plain, "matrixUserId postingRestrictedToMods removeData stickied distinguished"),
	),
}

// miscellany has extensions of ActivityStreams that are in wide use.
var miscellany = &Context{
	Terms: join(
		Terms{
			"as":      {ID: "https://www.w3.org/ns/activitystreams#"},
			"xsd":     {ID: "http://www.w3.org/2001/XMLSchema#"},
			"movedTo": {ID: "as:movedTo", Type: "@id"},
		},
		named("as:", plain, "Hashtag manuallyApprovesFollowers sensitive"),
	),
}

// litePub is what Pleroma, Akkoma and their kin define.
var litePub = &Context{
	Before: []string{"https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"},
	Terms: join(
		Terms{
			"ostatus":      {ID: "http://ostatus.org#"},
			"schema":       {ID: "http://schema.org#"},
			"toot":         {ID: "http://joinmastodon.org/ns#"},
			"misskey":      {ID: "https://misskey-hub.net/ns#"},
			"fedibird":     {ID: "http://fedibird.com/ns#"},
			"litepub":      {ID: "http://litepub.social/ns#"},
			"vcard":        {ID: "http://www.w3.org/2006/vcard/ns#"},
			"atomUri":      {ID: "ostatus:atomUri"},
			"conversation": {ID: "ostatus:conversation", Type: "@id"},
			"quoteUri":     {ID: "fedibird:quoteUri"},
			"alsoKnownAs":  {ID: "as:alsoKnownAs", Type: "@id"},
		},
		named("toot:", plain, "Emoji discoverable"),
		named("as:", plain, "Hashtag manuallyApprovesFollowers sensitive quoteUrl"),
		named("schema:", plain, "PropertyValue value"),
		named("litepub:", plain, `
			capabilities invisible directMessage EmojiReact ChatMessage formerRepresentations`),
		named("litepub:", ref, "listMessage oauthRegistrationEndpoint"),
	),
}
