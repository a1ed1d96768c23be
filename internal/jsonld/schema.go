package jsonld

// schemaOrg is a small part of schema.org: its prefixes, and those of its terms
// that have the name of something else here. All others follow from Vocab, but
// for their types.
var schemaOrg = &Context{
	Vocab: "http://schema.org/",
	Terms: join(
		keyword,
		Terms{
			"csvw":     {ID: "http://www.w3.org/ns/csvw#"},
			"dc":       {ID: "http://purl.org/dc/elements/1.1/"},
			"dcat":     {ID: "http://www.w3.org/ns/dcat#"},
			"dcmitype": {ID: "http://purl.org/dc/dcmitype/"},
			"dcterms":  {ID: "http://purl.org/dc/terms/"},
			"dcam":     {ID: "http://purl.org/dc/dcam/"},
			"doap":     {ID: "http://usefulinc.com/ns/doap#"},
			"foaf":     {ID: "http://xmlns.com/foaf/0.1/"},
			"odrl":     {ID: "http://www.w3.org/ns/odrl/2/"},
			"org":      {ID: "http://www.w3.org/ns/org#"},
			"owl":      {ID: "http://www.w3.org/2002/07/owl#"},
			"prof":     {ID: "http://www.w3.org/ns/dx/prof/"},
			"prov":     {ID: "http://www.w3.org/ns/prov#"},
			"qb":       {ID: "http://purl.org/linked-data/cube#"},
			"rdf":      {ID: "http://www.w3.org/1999/02/22-rdf-syntax-ns#"},
			"rdfs":     {ID: "http://www.w3.org/2000/01/rdf-schema#"},
			"schema":   {ID: "http://schema.org/"},
			"sh":       {ID: "http://www.w3.org/ns/shacl#"},
			"skos":     {ID: "http://www.w3.org/2004/02/skos/core#"},
			"sosa":     {ID: "http://www.w3.org/ns/sosa/"},
			"ssn":      {ID: "http://www.w3.org/ns/ssn/"},
			"time":     {ID: "http://www.w3.org/2006/time#"},
			"vann":     {ID: "http://purl.org/vocab/vann/"},
			"void":     {ID: "http://rdfs.org/ns/void#"},
			"xsd":      {ID: "http://www.w3.org/2001/XMLSchema#"},
			"xml":      {ID: "http://www.w3.org/XML/1998/namespace"},
			"dct":      {ID: "http://purl.org/dc/terms/"},
			"dctype":   {ID: "http://purl.org/dc/dcmitype/"},
			"expires":  {ID: "schema:expires", Type: "Date"},
		},
		named("schema:", plain, `
			Article Collection CollectionPage Event Offer Organization Person PropertyValue Question Service
			actor actors audience name object result value`),
		named("schema:", ref, "image target url"),
	),
}
