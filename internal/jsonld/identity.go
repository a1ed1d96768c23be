package jsonld

// identityV1 is old, and names things that ActivityStreams names too.
var identityV1 = &Context{
	Terms: join(
		keyword,
		Terms{
			"cred":             {ID: "https://w3id.org/credentials#"},
			"dc":               {ID: "http://purl.org/dc/terms/"},
			"identity":         {ID: "https://w3id.org/identity#"},
			"perm":             {ID: "https://w3id.org/permissions#"},
			"ps":               {ID: "https://w3id.org/payswarm#"},
			"rdf":              {ID: "http://www.w3.org/1999/02/22-rdf-syntax-ns#"},
			"rdfs":             {ID: "http://www.w3.org/2000/01/rdf-schema#"},
			"sec":              {ID: "https://w3id.org/security#"},
			"schema":           {ID: "http://schema.org/"},
			"xsd":              {ID: "http://www.w3.org/2001/XMLSchema#"},
			"paymentProcessor": {ID: "ps:processor"},
			"expires":          {ID: "sec:expiration", Type: "xsd:dateTime"},
			"CryptographicKey": {ID: "sec:Key"},
			"Group":            {ID: "https://www.w3.org/ns/activitystreams#Group"},
			"issued":           {ID: "cred:issued", Type: "xsd:dateTime"},
			"created":          {ID: "dc:created", Type: "xsd:dateTime"},
			"creator":          {ID: "dc:creator", Type: "@id"},
			"title":            {ID: "dc:title"},
			"Identity":         {ID: "identity:Identity"},
			"preferences":      {ID: "ps:preferences", Type: "@vocab"},
			"revoked":          {ID: "sec:revoked", Type: "xsd:dateTime"},
		},
		named("cred:", ref, "claim credential issuer recipient"),
		named("cred:", plain, "Credential CryptographicKeyCredential"),
		named("schema:", ref, "about address image url member memberOf"),
		named("schema:", plain, `
			addressCountry addressLocality addressRegion description email familyName givenName name
			postalCode streetAddress Person PostalAddress Organization`),
		named("rdfs:", plain, "comment label"),
		named("identity:", ref, "identityService idp"),
		named("sec:", plain, `
			cipherAlgorithm cipherData cipherKey digestAlgorithm digestValue domain initializationVector
			nonce normalizationAlgorithm password privateKeyPem publicKeyPem signature signatureAlgorithm
			signatureValue EncryptedMessage GraphSignature2012 LinkedDataSignature2015`),
		named("sec:", ref, "owner privateKey publicKey publicKeyService"),
		named("perm:", ref, "accessControl writePermission"),
	),
}

// service is something that the holder of an identifier offers.
var service = Term{ID: "https://www.w3.org/ns/did#service", Type: "@id", Inner: &Context{
	Protected: true,
	Terms: join(
		keyword,
		Terms{
			"serviceEndpoint": {ID: "https://www.w3.org/ns/did#serviceEndpoint", Type: "@id"},
		},
	),
}}

// didV1 is for documents about decentralized identifiers.
var didV1 = &Context{
	Protected: true,
	Terms: join(
		keyword,
		relationships,
		Terms{
			"service":     service,
			"alsoKnownAs": {ID: "https://www.w3.org/ns/activitystreams#alsoKnownAs", Type: "@id"},
		},
		named("https://w3id.org/security#", ref, "controller verificationMethod"),
	),
}

// cidV1 is for controlled identifiers; FEP-521a names it for Multikey.
var cidV1 = &Context{
	Protected: true,
	Terms: join(
		keyword,
		relationships,
		Terms{
			"service":  service,
			"Multikey": multikey,
			"JsonWebKey": {ID: "https://w3id.org/security#JsonWebKey", Inner: &Context{
				Protected: true,
				Terms: join(
					keyword,
					Terms{
						"expires":    {ID: "https://w3id.org/security#expiration", Type: "http://www.w3.org/2001/XMLSchema#dateTime"},
						"controller": {ID: "https://w3id.org/security#controller", Type: "@id"},
						"revoked":    {ID: "https://w3id.org/security#revoked", Type: "http://www.w3.org/2001/XMLSchema#dateTime"},
					},
					named("https://w3id.org/security#", Term{Type: "@json"}, "publicKeyJwk secretKeyJwk"),
				),
			}},
			"alsoKnownAs": {ID: "https://www.w3.org/ns/activitystreams#alsoKnownAs", Type: "@id"},
		},
		named("https://w3id.org/security#", ref, "controller verificationMethod"),
	),
}
