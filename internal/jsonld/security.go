package jsonld

// securityV1 has the keys and signatures of most actors.
var securityV1 = &Context{
	Terms: join(
		keyword,
		Terms{
			"dc":                 {ID: "http://purl.org/dc/terms/"},
			"sec":                {ID: "https://w3id.org/security#"},
			"xsd":                {ID: "http://www.w3.org/2001/XMLSchema#"},
			"CryptographicKey":   {ID: "sec:Key"},
			"expires":            {ID: "sec:expiration", Type: "xsd:dateTime"},
			"signatureAlgorithm": {ID: "sec:signingAlgorithm"},
			"created":            {ID: "dc:created", Type: "xsd:dateTime"},
			"creator":            {ID: "dc:creator", Type: "@id"},
		},
		named("sec:", plain, `
			EcdsaKoblitzSignature2016 Ed25519Signature2018 EncryptedMessage GraphSignature2012
			LinkedDataSignature2015 LinkedDataSignature2016 authenticationTag canonicalizationAlgorithm
			cipherAlgorithm cipherData cipherKey digestAlgorithm digestValue domain encryptionKey
			initializationVector iterationCount nonce normalizationAlgorithm password privateKeyPem
			publicKeyBase58 publicKeyPem publicKeyWif salt signature signatureValue`),
		named("sec:", Term{Type: "xsd:dateTime"}, "expiration revoked"),
		named("sec:", ref, "owner privateKey publicKey publicKeyService"),
	),
}

// relationships are what a key may be used for.
var relationships = Terms{
	"authentication":       {ID: "https://w3id.org/security#authenticationMethod", Type: "@id", Container: "@set"},
	"assertionMethod":      {ID: "https://w3id.org/security#assertionMethod", Type: "@id", Container: "@set"},
	"capabilityDelegation": {ID: "https://w3id.org/security#capabilityDelegationMethod", Type: "@id", Container: "@set"},
	"capabilityInvocation": {ID: "https://w3id.org/security#capabilityInvocationMethod", Type: "@id", Container: "@set"},
	"keyAgreement":         {ID: "https://w3id.org/security#keyAgreementMethod", Type: "@id", Container: "@set"},
}

// purpose is which of them a proof was made for.
var purpose = Term{ID: "https://w3id.org/security#proofPurpose", Type: "@vocab", Inner: &Context{
	Protected: true,
	Terms:     join(keyword, relationships),
}}

// multikey is a key of FEP-521a.
var multikey = Term{ID: "https://w3id.org/security#Multikey", Inner: &Context{
	Protected: true,
	Terms: join(
		keyword,
		Terms{
			"expires":    {ID: "https://w3id.org/security#expiration", Type: "http://www.w3.org/2001/XMLSchema#dateTime"},
			"controller": {ID: "https://w3id.org/security#controller", Type: "@id"},
			"revoked":    {ID: "https://w3id.org/security#revoked", Type: "http://www.w3.org/2001/XMLSchema#dateTime"},
		},
		named("https://w3id.org/security#", Term{Type: "https://w3id.org/security#multibase"}, "publicKeyMultibase secretKeyMultibase"),
	),
}}

// dataIntegrityV1 has the proofs of FEP-8b32.
var dataIntegrityV1 = &Context{
	Protected: true,
	Terms: join(
		keyword,
		Terms{
			"DataIntegrityProof": {ID: "https://w3id.org/security#DataIntegrityProof", Inner: &Context{
				Protected: true,
				Terms: join(
					keyword,
					Terms{
						"expires":            {ID: "https://w3id.org/security#expiration", Type: "http://www.w3.org/2001/XMLSchema#dateTime"},
						"proofPurpose":       purpose,
						"created":            {ID: "http://purl.org/dc/terms/created", Type: "http://www.w3.org/2001/XMLSchema#dateTime"},
						"proofValue":         {ID: "https://w3id.org/security#proofValue", Type: "https://w3id.org/security#multibase"},
						"verificationMethod": {ID: "https://w3id.org/security#verificationMethod", Type: "@id"},
					},
					named("https://w3id.org/security#", plain, "challenge domain nonce cryptosuite"),
				),
			}},
			"proof": {ID: "https://w3id.org/security#proof", Type: "@id", Container: "@graph"},
		},
	),
}

// dataIntegrityV2 is the later edition of the same.
var dataIntegrityV2 = &Context{
	Protected: true,
	Terms: join(
		keyword,
		Terms{
			"DataIntegrityProof": {ID: "https://w3id.org/security#DataIntegrityProof", Inner: &Context{
				Protected: true,
				Terms: join(
					keyword,
					Terms{
						"expires":      {ID: "https://w3id.org/security#expiration", Type: "http://www.w3.org/2001/XMLSchema#dateTime"},
						"proofPurpose": purpose,
						"created":      {ID: "http://purl.org/dc/terms/created", Type: "http://www.w3.org/2001/XMLSchema#dateTime"},
						"cryptosuite":  {ID: "https://w3id.org/security#cryptosuite", Type: "https://w3id.org/security#cryptosuiteString"},
						"proofValue":   {ID: "https://w3id.org/security#proofValue", Type: "https://w3id.org/security#multibase"},
					},
					named("https://w3id.org/security#", plain, "challenge domain nonce"),
					named("https://w3id.org/security#", ref, "previousProof verificationMethod"),
				),
			}},
			"proof": {ID: "https://w3id.org/security#proof", Type: "@id", Container: "@graph"},
		},
	),
}

// multikeyV1 has the keys of FEP-521a, as first written.
var multikeyV1 = &Context{
	Protected: true,
	Terms: join(
		keyword,
		Terms{
			"Multikey": multikey,
		},
	),
}
