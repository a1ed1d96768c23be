package jsonld

var contexts = map[string]*Context{
	"https://www.w3.org/ns/activitystreams":        activityStreams,
	"https://www.w3.org/ns/activitystreams#":       activityStreams,
	"https://www.w3.org/ns/activitystreams/":       activityStreams,
	"https://www.w3.org/ns/activitystreams.jsonld": activityStreams,
	"http://www.w3.org/ns/activitystreams":         activityStreams,
	"http://www.w3.org/ns/activitystreams#":        activityStreams,

	"https://w3id.org/security/v1":                securityV1,
	"https://w3id.org/security/data-integrity/v1": dataIntegrityV1,
	"https://w3id.org/security/data-integrity/v2": dataIntegrityV2,
	"https://w3id.org/security/multikey/v1":       multikeyV1,
	"https://w3id.org/identity/v1":                identityV1,
	"https://www.w3.org/ns/did/v1":                didV1,
	"https://www.w3.org/ns/cid/v1":                cidV1,

	"http://joinmastodon.org/ns":          mastodon,
	"http://joinmastodon.org/ns#":         mastodon,
	"https://gotosocial.org/ns":           goToSocial,
	"https://join-lemmy.org/context.json": lemmy,

	"https://purl.archive.org/miscellany":          miscellany,
	"https://purl.archive.org/socialweb/webfinger": webFinger,
	"https://purl.archive.org/socialweb/blocked":   blocked,
	"https://purl.archive.org/socialweb/pending":   pending,
	"https://purl.archive.org/socialweb/oauth":     oauth,

	"https://w3id.org/fep/7628": fep7628,
	"https://w3id.org/fep/1580": fep1580,
	"https://w3id.org/fep/5711": fep5711,
	"https://w3id.org/fep/7aa9": fep7aa9,
	"https://w3id.org/fep/844e": fep844e,
	"https://w3id.org/fep/044f": fep044F,
	"https://w3id.org/fep/ef61": fepEF61,
	"https://w3id.org/fep/171b": fep171B,
	"https://w3id.org/fep/c390": fepC390,
	"https://w3id.org/fep/bad1": fepBAD1,

	"https://schema.org":  schemaOrg,
	"https://schema.org/": schemaOrg,
	"http://schema.org":   schemaOrg,
	"http://schema.org/":  schemaOrg,
}
