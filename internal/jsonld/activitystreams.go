package jsonld

// activityStreams is the ActivityStreams 2.0 vocabulary with what ActivityPub adds.
var activityStreams = &Context{
	Vocab: "_:",
	Terms: join(
		keyword,
		Terms{
			"xsd":          {ID: "http://www.w3.org/2001/XMLSchema#"},
			"as":           {ID: "https://www.w3.org/ns/activitystreams#"},
			"ldp":          {ID: "http://www.w3.org/ns/ldp#"},
			"vcard":        {ID: "http://www.w3.org/2006/vcard/ns#"},
			"orderedItems": {ID: "as:items", Type: "@id", Container: "@list"},
			"contentMap":   {ID: "as:content", Container: "@language"},
			"nameMap":      {ID: "as:name", Container: "@language"},
			"summaryMap":   {ID: "as:summary", Container: "@language"},
			"duration":     {ID: "as:duration", Type: "xsd:duration"},
			"inbox":        {ID: "ldp:inbox", Type: "@id"},
		},
		named("as:", plain, `
			Accept Activity IntransitiveActivity Add Announce Application Arrive Article Audio Block
			Collection CollectionPage Relationship Create Delete Dislike Document Event Follow Flag Group
			Ignore Image Invite Join Leave Like Link Mention Note Object Offer OrderedCollection
			OrderedCollectionPage Organization Page Person Place Profile Question Reject Remove Service
			TentativeAccept TentativeReject Tombstone Undo Update Video View Listen Read Move Travel
			IsFollowing IsFollowedBy IsContact IsMember content name hreflang mediaType rel summary units
			preferredUsername source`),
		named("as:", ref, `
			subject relationship actor attributedTo attachment bcc bto cc context current first generator
			icon image inReplyTo items instrument last location next object oneOf anyOf origin prev preview
			replies result audience partOf tag target to url href describes formerType outbox following
			followers streams endpoints uploadMedia proxyUrl liked oauthAuthorizationEndpoint
			oauthTokenEndpoint provideClientKey signClientKey sharedInbox Public likes shares alsoKnownAs`),
		named("as:", Term{Type: "xsd:dateTime"}, "closed endTime published startTime updated deleted"),
		named("as:", Term{Type: "xsd:float"}, "accuracy altitude latitude longitude radius"),
		named("as:", Term{Type: "xsd:nonNegativeInteger"}, "height startIndex totalItems width"),
	),
}
