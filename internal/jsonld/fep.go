package jsonld

// fep7628 has the move of an actor.
var fep7628 = &Context{
	Terms: named("https://w3id.org/fep/7628#", ref, "movedTo copiedTo"),
}

// fep1580 has the move of its objects.
var fep1580 = &Context{
	Terms: join(
		Terms{
			"xsd":        {ID: "http://www.w3.org/2001/XMLSchema#"},
			"migratedAt": {ID: "https://w3id.org/fep/1580#migratedAt", Type: "xsd:dateTime"},
		},
		named("https://w3id.org/fep/1580#", ref, "actors migratedFrom migration migrationComplete moves"),
	),
}

// fep5711 has the inverses of collections.
var fep5711 = &Context{
	Terms: named("https://w3id.org/fep/5711#", ref, "likesOf sharesOf repliesOf inboxOf outboxOf followersOf followingOf likedOf"),
}

// fep7aa9 has featured collections.
var fep7aa9 = &Context{
	Terms: join(
		named("https://w3id.org/fep/7aa9#", plain, "FeaturedCollection FeaturedItem FeatureRequest FeatureAuthorization"),
		named("https://w3id.org/fep/7aa9#", ref, "topic featuredObject canFeature featureAuthorization"),
	),
}

// fep844e tells what software implements.
var fep844e = &Context{
	Terms: Terms{
		"implements": {ID: "https://w3id.org/fep/844e/implements", Type: "@id", Container: "@list"},
	},
}

// fepEF61 has portable objects.
var fepEF61 = &Context{
	Terms: Terms{
		"gateways":        {ID: "https://w3id.org/fep/ef61/gateways", Type: "@id", Container: "@list"},
		"digestMultibase": {ID: "https://www.w3.org/ns/credentials/v2#digestMultibase"},
	},
}

// fepC390 has identity proofs.
var fepC390 = &Context{
	Terms: Terms{
		"VerifiableIdentityStatement": {ID: "https://w3id.org/fep/c390/VerifiableIdentityStatement"},
	},
}

// fepBAD1 has the history of an object.
var fepBAD1 = &Context{
	Terms: Terms{
		"history": {ID: "https://w3id.org/fep/bad1/history", Type: "@id"},
	},
}

// webFinger is FEP-2c59.
var webFinger = &Context{
	Terms: Terms{
		"wf":        {ID: "https://purl.archive.org/socialweb/webfinger#"},
		"xsd":       {ID: "http://www.w3.org/2001/XMLSchema#"},
		"webfinger": {ID: "wf:webfinger", Type: "xsd:string"},
	},
}

// blocked is FEP-c648.
var blocked = &Context{
	Terms: join(
		Terms{
			"bl": {ID: "https://purl.archive.org/socialweb/blocked#"},
		},
		named("bl:", ref, "blocked blocks"),
		named("https://www.w3.org/ns/activitystreams#", ref, "blockedOf blocksOf"),
	),
}

// pending is FEP-4ccd.
var pending = &Context{
	Terms: join(
		Terms{
			"pdg": {ID: "https://purl.archive.org/socialweb/pending#"},
		},
		named("pdg:", ref, "pendingFollowers pendingFollowing pendingFollowersOf pendingFollowingOf"),
	),
}

// oauth is FEP-d8c2.
var oauth = &Context{
	Terms: Terms{
		"oauth":       {ID: "https://purl.archive.org/socialweb/oauth#"},
		"redirectURI": {ID: "oauth:redirectURI", Type: "@id"},
	},
}

// fep044F has quotes.
var fep044F = &Context{
	Terms: join(
		named("https://w3id.org/fep/044f#", plain, "QuoteRequest QuoteAuthorization"),
		named("https://w3id.org/fep/044f#", ref, "quote quoteAuthorization"),
	),
}

// fep171B has containers of conversations.
var fep171B = &Context{
	Terms: Terms{
		"contextHistory": {ID: "https://w3id.org/fep/171b/contextHistory", Type: "@id"},
	},
}
