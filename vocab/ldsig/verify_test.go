package ldsig_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/vocab"
	"codeberg.org/godwit/godwit/vocab/ldsig"
)

const (
	al      = "https://old.example/users/al"
	keyID   = vocab.IRI(al + "#main-key")
	as      = `"https://www.w3.org/ns/activitystreams"`
	created = "2026-11-22T12:00:00Z"
)

func parse(t testing.TB, document string) *vocab.Object {
	t.Helper()
	o, err := vocab.Parse([]byte(document))
	require.NoError(t, err, document)
	return o
}

// fedify returns what Fedify 2.3.6 signed (testdata/sign.mjs), which shares
// neither the canonicalization nor the contexts with what is tested here.
func fedify(t testing.TB) (actor.Key, map[string]*vocab.Object) {
	t.Helper()
	raw, err := os.ReadFile("testdata/signed.json")
	require.NoError(t, err)
	var file struct {
		PublicKeyPem string
		Documents    map[string]json.RawMessage
	}
	require.NoError(t, json.Unmarshal(raw, &file))
	public, err := actor.ParsePEM(file.PublicKeyPem)
	require.NoError(t, err)
	documents := map[string]*vocab.Object{}
	for situation, document := range file.Documents {
		documents[situation] = parse(t, string(document))
	}
	require.NotEmpty(t, documents)
	return actor.Key{ID: keyID, Owner: al, Public: public}, documents
}

func TestVerifyWhatFedifySigned(t *testing.T) {
	key, documents := fedify(t)
	verified := 0
	for situation, document := range documents {
		t.Run(situation, func(t *testing.T) {
			if situation == "a Move by the new account's key" {
				require.ErrorIs(t, ldsig.Verify(document, key), ldsig.ErrNone, "the creator is another key")
				key := actor.Key{ID: "https://new.example/users/al#main-key", Public: key.Public}
				require.NoError(t, ldsig.Verify(document, key))
				return
			}
			require.NoError(t, ldsig.Verify(document, key))
			verified++
		})
	}
	require.GreaterOrEqual(t, verified, 6)
}

var ownKey = sync.OnceValue(func() *rsa.PrivateKey {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return private
})

func publicKey() actor.Key { return actor.Key{ID: keyID, Owner: al, Public: ownKey().Public()} }

// The graphs of the tests, canonicalized by hand.
const (
	rdfType = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
	ns      = "https://www.w3.org/ns/activitystreams#"
	moveID  = al + "#moves/1"

	options = `_:c14n0 <http://purl.org/dc/terms/created> "` + created + `"^^<http://www.w3.org/2001/XMLSchema#dateTime> .` + "\n" +
		`_:c14n0 <http://purl.org/dc/terms/creator> <` + string(keyID) + "> .\n"
	moved = "<" + moveID + "> " + rdfType + " <" + ns + "Move> .\n" +
		"<" + moveID + "> <" + ns + "actor> <" + al + "> .\n" +
		"<" + moveID + "> <" + ns + "object> <" + al + "> .\n" +
		"<" + moveID + "> <" + ns + "target> <https://new.example/users/al> .\n"
)

func hexSum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// signed appends to a document's members a signature over the graphs.
func signed(t testing.TB, members, optionsGraph, graph string) *vocab.Object {
	t.Helper()
	return parse(t, "{"+members+`,"signature":{"type":"RsaSignature2017","creator":"`+string(keyID)+`","created":"`+created+`",
		"signatureValue":"`+value(t, optionsGraph, graph)+`"}}`)
}

func value(t testing.TB, optionsGraph, graph string) string {
	t.Helper()
	sum := sha256.Sum256([]byte(hexSum(optionsGraph) + hexSum(graph)))
	value, err := rsa.SignPKCS1v15(rand.Reader, ownKey(), crypto.SHA256, sum[:])
	require.NoError(t, err)
	return base64.StdEncoding.EncodeToString(value)
}

const (
	withContext = `"@context":` + as + `,`
	plain       = `"id":"` + moveID + `","type":"Move","actor":"` + al + `","object":"` + al + `","target":"https://new.example/users/al"`
)

// All of these say the same and are read as the same, so that one signature
// fits all.
func TestVerifyOtherWritings(t *testing.T) {
	for situation, members := range map[string]string{
		"plain":             withContext + plain,
		"in an array":       withContext + strings.Replace(plain, `"object":"`+al+`"`, `"object":["`+al+`"]`, 1),
		"as objects":        withContext + strings.Replace(plain, `"actor":"`+al+`"`, `"actor":{"id":"`+al+`"}`, 1),
		"with prefixes":     withContext + strings.NewReplacer(`"target":"https://new.example/users/al"`, `"as:target":{"id":"https://new.example/users/al"}`, `"Move"`, `"as:Move"`).Replace(plain),
		"twice the same":    withContext + strings.Replace(plain, `"object":"`+al+`"`, `"object":["`+al+`","`+al+`"]`, 1),
		"with a null":       withContext + plain + `,"origin":null`,
		"with what is lost": withContext + plain + `,"migration":"x","previously":{"target":"x"}`,
		"more contexts":     `"@context":[` + as + `,"https://w3id.org/security/v1",{"toot":"http://joinmastodon.org/ns#"}],` + plain,
	} {
		t.Run(situation, func(t *testing.T) {
			require.NoError(t, ldsig.Verify(signed(t, members, options, moved), publicKey()))
		})
	}
}

// Each of these carries a signature by the right key.
func TestVerifyRefusesWhatIsNotSigned(t *testing.T) {
	const evil = "https://evil.example/eve"
	swap := func(old, new string) string { return strings.Replace(plain, old, new, 1) }
	toNew := `"target":"https://new.example/users/al"`
	for situation, test := range map[string]struct {
		members string
		want    error
	}{
		"another target":          {withContext + swap(toNew, `"target":"`+evil+`"`), ldsig.ErrBroken},
		"another id":              {withContext + swap(moveID, al+"#moves/2"), ldsig.ErrBroken},
		"one target more":         {withContext + swap(toNew, `"target":["https://new.example/users/al","`+evil+`"]`), ldsig.ErrBroken},
		"an origin more":          {withContext + plain + `,"origin":"` + al + `"`, ldsig.ErrBroken},
		"a type less":             {withContext + swap(`"type":"Move",`, ``), ldsig.ErrUncovered},
		"another type":            {withContext + swap(`"Move"`, `"Undo"`), ldsig.ErrBroken},
		"a type that is not said": {withContext + swap(`"Move"`, `["Move","Umzug"]`), ldsig.ErrUncovered},
		"the target hidden behind another name": {
			`"@context":[` + as + `,{"target":null,"ziel":{"@id":"as:target","@type":"@id"}}],` +
				swap(toNew, `"ziel":"https://new.example/users/al","target":"`+evil+`"`), ldsig.ErrUncovered},
		"the target hidden in an unnamed vocabulary": {
			`"@context":[` + as + `,{"target":{"@id":"_:x","@type":"@id"}}],` +
				swap(toNew, `"as:target":{"id":"https://new.example/users/al"},"target":"`+evil+`"`), ldsig.ErrUncovered},
		"the target as a relative IRI beside the real one": {
			withContext + swap(toNew, `"target":["https://new.example/users/al","eve"]`), ldsig.ErrUncovered},
		"the target as an IRI that the processor drops": {
			withContext + swap(toNew, `"target":["https://new.example/users/al","https://evil .example/"]`), ldsig.ErrUncovered},
		"the id under an alias": {
			`"@context":[` + as + `,{"uri":"@id","id":null}],"uri":"` + moveID + `",` + swap(moveID, evil), ldsig.ErrShape},
		"the type under an alias": {
			`"@context":[` + as + `,{"kind":"@type","type":null}],"kind":"Move",` + swap(`"Move"`, `"Undo"`), ldsig.ErrUncovered},
		"no context": {plain, ldsig.ErrUncovered},
		"no id":      {withContext + swap(`"id":"`+moveID+`",`, ``), ldsig.ErrShape},
		"another context of the same name": {
			`"@context":{"id":"@id","type":"@type","Move":"` + ns + `Move","actor":"` + ns + `actor","object":"` + ns + `object","target":"` + ns + `target"},` + plain,
			ldsig.ErrUncovered}, // the references are but texts
		"a context that is not known": {`"@context":[` + as + `,"https://evil.example/context"],` + plain, ldsig.ErrContext},
		"a file as a context":         {`"@context":[` + as + `,"/etc/passwd"],` + plain, ldsig.ErrContext},
		"an import of a file":         {`"@context":[` + as + `,{"@import":"file:///etc/passwd"}],` + plain, ldsig.ErrContext},
		"the Move as a part of something": {
			withContext + plain + `,"result":{"id":"` + moveID + `","target":"` + evil + `"}`, ldsig.ErrShape},
		"something else beside it": {
			withContext + plain + `,"@included":[{"id":"` + evil + `","type":"Note"}]`, ldsig.ErrShape},
		"a part dressed up as the whole": {
			withContext + plain + `,"@reverse":{"as:result":{"id":"` + al + `#undo","type":"Undo"}}`, ldsig.ErrShape},
		"a named graph":           {withContext + plain + `,"@graph":[{"id":"` + evil + `","type":"Note"}]`, ldsig.ErrShape},
		"an IRI with a bracket":   {withContext + plain + `,"instrument":"x:a> <x:b> <x:c"`, ldsig.ErrShape},
		"a number without bounds": {withContext + plain + `,"width":1e999`, ldsig.ErrShape},
	} {
		t.Run(situation, func(t *testing.T) {
			o := signed(t, test.members, options, moved)
			require.ErrorIs(t, ldsig.Verify(o, publicKey()), test.want)
		})
	}
}

func TestVerifyRefusesPartsOfWhatIsSigned(t *testing.T) {
	undo := `<` + al + `#undo> ` + rdfType + ` <` + ns + "Undo> .\n" +
		`<` + al + `#undo> <` + ns + `actor> <` + al + "> .\n" +
		`<` + al + `#undo> <` + ns + `object> <` + moveID + "> .\n"
	whole := undoFirst(undo, moved)
	given := withContext + `"id":"` + al + `#undo","type":"Undo","actor":"` + al + `","object":{` + plain + `}`
	require.NoError(t, ldsig.Verify(signed(t, given, options, whole), publicKey()))
	turned := withContext + plain + `,"@reverse":{"as:object":{"id":"` + al + `#undo","type":"Undo","actor":"` + al + `"}}`
	require.ErrorIs(t, ldsig.Verify(signed(t, turned, options, whole), publicKey()), ldsig.ErrShape,
		"the same graph, read from its other end, is a Move that was never sent")
}

// undoFirst sorts two graphs into one.
func undoFirst(undo, moved string) string {
	if undo < moved {
		return undo + moved
	}
	return moved + undo
}

func TestVerifyReadsTheSignatureItself(t *testing.T) {
	good := value(t, options, moved)
	key := publicKey()
	for situation, test := range map[string]struct {
		signature string
		want      error
	}{
		"none":                   {``, ldsig.ErrNone},
		"null":                   {`,"signature":null`, ldsig.ErrNone},
		"a text":                 {`,"signature":"x"`, ldsig.ErrForm},
		"two":                    {`,"signature":[{},{}]`, ldsig.ErrForm},
		"two names":              {`,"signature":{"type":"RsaSignature2017"},"sec:signature":{}`, ldsig.ErrForm},
		"only the other name":    {`,"https://w3id.org/security#signature":{"type":"RsaSignature2017"}`, ldsig.ErrForm},
		"another suite":          {`,"signature":{"type":"Ed25519Signature2018","creator":"` + string(keyID) + `","created":"` + created + `","signatureValue":"` + good + `"}`, ldsig.ErrSuite},
		"another creator":        {`,"signature":{"type":"RsaSignature2017","creator":"` + al + `#other","created":"` + created + `","signatureValue":"` + good + `"}`, ldsig.ErrNone},
		"no creator":             {`,"signature":{"type":"RsaSignature2017","created":"` + created + `","signatureValue":"` + good + `"}`, ldsig.ErrForm},
		"not dated":              {`,"signature":{"type":"RsaSignature2017","creator":"` + string(keyID) + `","signatureValue":"` + good + `"}`, ldsig.ErrForm},
		"no base64":              {`,"signature":{"type":"RsaSignature2017","creator":"` + string(keyID) + `","created":"` + created + `","signatureValue":"?"}`, ldsig.ErrForm},
		"too short":              {`,"signature":{"type":"RsaSignature2017","creator":"` + string(keyID) + `","created":"` + created + `","signatureValue":"AAAA"}`, ldsig.ErrBroken},
		"dated anew":             {`,"signature":{"type":"RsaSignature2017","creator":"` + string(keyID) + `","created":"2026-11-25T12:00:00Z","signatureValue":"` + good + `"}`, ldsig.ErrBroken},
		"dated twice":            {`,"signature":{"type":"RsaSignature2017","creator":"` + string(keyID) + `","created":"2026-11-25T12:00:00Z","dc:created":"` + created + `","signatureValue":"` + good + `"}`, ldsig.ErrUncovered},
		"dated for a part of it": {`,"signature":{"type":"RsaSignature2017","creator":"` + string(keyID) + `","created":"` + created + `","claim":{"created":"` + created + `"},"signatureValue":"` + good + `"}`, ldsig.ErrUncovered},
		"given an end":           {`,"signature":{"type":"RsaSignature2017","creator":"` + string(keyID) + `","created":"` + created + `","expires":"2036-11-22T12:00:00Z","signatureValue":"` + good + `"}`, ldsig.ErrBroken},
		"another context, as is ignored": {`,"signature":{"@context":` + as + `,"id":"x:1","type":"RsaSignature2017","creator":"` + string(keyID) +
			`","created":"` + created + `","signatureValue":"` + good + `"}`, nil},
	} {
		t.Run(situation, func(t *testing.T) {
			err := ldsig.Verify(parse(t, "{"+withContext+plain+test.signature+"}"), key)
			if test.want == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, test.want)
		})
	}
	ed25519, err := actor.GenerateEd25519(al)
	require.NoError(t, err)
	o := signed(t, withContext+plain, options, moved)
	for situation, public := range map[string]crypto.PublicKey{
		"an Ed25519 key": ed25519.Public().Public, "no key": nil, "an RSA key by value": *ownKey().Public().(*rsa.PublicKey),
		"an RSA key without a modulus": &rsa.PublicKey{},
	} {
		require.ErrorIs(t, ldsig.Verify(o, actor.Key{ID: keyID, Public: public}), ldsig.ErrKey, situation)
	}
}

// clique is a graph of n blank nodes that nothing tells apart.
func clique(n int) string {
	var nodes []string
	for i := range n {
		var others []string
		for j := range n {
			if i != j {
				others = append(others, fmt.Sprintf(`"_:n%d"`, j))
			}
		}
		nodes = append(nodes, fmt.Sprintf(`{"id":"_:n%d","object":[%s]}`, i, strings.Join(others, ",")))
	}
	return strings.Join(nodes, ",")
}

// These would keep the processor busy for seconds, or for ever, or panic it.
func TestVerifySurvives(t *testing.T) {
	many := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return strings.TrimSuffix(b.String(), ",")
	}
	for situation, test := range map[string]struct {
		members string
		want    error
	}{
		"six nodes that are alike":         {withContext + plain + `,"tag":[` + clique(6) + `]`, ldsig.ErrAlike},
		"nine nodes that are alike":        {withContext + plain + `,"tag":[` + clique(9) + `]`, ldsig.ErrAlike},
		"three pairs":                      {withContext + plain + `,"tag":[` + many(6, `{"type":"Note","object":{"name":"%d"}},`) + `]`, ldsig.ErrAlike},
		"five nodes that are alike":        {withContext + plain + `,"tag":[` + clique(5) + `]`, ldsig.ErrBroken},
		"hundreds of nodes":                {withContext + plain + `,"tag":[` + many(450, `{"name":"%d"},`) + `]`, ldsig.ErrBroken},
		"as many members as are taken":     {withContext + plain + `,"name":[` + many(980, `"%d",`) + `]`, ldsig.ErrBroken},
		"more members than are taken":      {withContext + plain + `,"name":[` + many(1100, `"%d",`) + `]`, ldsig.ErrTooMany},
		"more bytes than are taken":        {withContext + plain + `,"name":"` + strings.Repeat("x", 300_000) + `"`, ldsig.ErrTooLarge},
		"a small text that grows":          {`"@context":[` + as + `,{"p":"x:` + strings.Repeat("p", 4_000) + `/"}],` + plain + `,"tag":[` + many(900, `"p:%d",`) + `]`, ldsig.ErrTooLarge},
		"a prefix longer than taken":       {`"@context":[` + as + `,{"p":"x:` + strings.Repeat("p", 5_000) + `/"}],` + plain, ldsig.ErrTooMany},
		"nested deeper than taken":         {withContext + plain + `,"result":` + strings.Repeat(`{"result":`, 40) + "1" + strings.Repeat("}", 40), ldsig.ErrTooDeep},
		"arrays deeper than taken":         {withContext + plain + `,"result":` + strings.Repeat(`[`, 40) + strings.Repeat("]", 40), ldsig.ErrTooDeep},
		"contexts at every level":          {withContext + plain + `,"result":` + strings.Repeat(`{"@context":`+as+`,"result":`, 9) + "1" + strings.Repeat("}", 9), ldsig.ErrTooMany},
		"one context many times":           {`"@context":[` + strings.Repeat(as+",", 20) + as + `],` + plain, ldsig.ErrTooMany},
		"more definitions than are taken":  {`"@context":[` + as + `,{` + many(250, `"t%d":"x:t",`) + `}],` + plain, ldsig.ErrTooMany},
		"a scoped context":                 {`"@context":[` + as + `,{"Note":{"@id":"as:Note","@context":{"a":"x:a"}}}],` + plain, ldsig.ErrContext},
		"protected is a number":            {`"@context":[` + as + `,{"@protected":5}],` + plain, ldsig.ErrInnerFault},
		"container is a number":            {`"@context":[` + as + `,{"a":{"@id":"x:a","@container":[5]}}],"a":{},` + plain, ldsig.ErrInnerFault},
		"a term without a name":            {`"@context":[` + as + `,{"":"x:a"}],` + plain, ldsig.ErrContext},
		"a context that is a number":       {`"@context":[` + as + `,5],` + plain, ldsig.ErrContext},
		"terms in a circle":                {`"@context":[` + as + `,{"a":"b:x","b":"a:x"}],"a":1,` + plain, ldsig.ErrContext},
		"the same context twice, as known": {`"@context":[` + as + `,` + as + `],` + plain, ldsig.ErrContext},
		"two graphs of one name":           {withContext + plain + `,"tag":[{"id":"_:g","@graph":[` + many(12, `{"name":"%d"},`) + `]}]`, ldsig.ErrShape},
	} {
		t.Run(situation, func(t *testing.T) {
			err := ldsig.Verify(signed(t, test.members, options, moved), publicKey())
			require.ErrorIs(t, err, test.want)
			assert.NotContains(t, err.Error(), "example", "nothing of the document stands in the error")
		})
	}
}

func FuzzVerify(f *testing.F) {
	_, documents := fedify(f)
	for _, document := range documents {
		f.Add(document.Bytes())
	}
	f.Add([]byte("{" + withContext + plain + `,"tag":[` + clique(6) + `],"signature":{"type":"RsaSignature2017"}}`))
	f.Add([]byte(`{"@context":[` + as + `,{"target":null,"ziel":{"@id":"as:target","@type":"@id"}}],` + plain + `,"ziel":"x:y"}`))
	signature := `"signature":{"type":"RsaSignature2017","creator":"` + string(keyID) + `","created":"` + created + `","signatureValue":"` + value(f, options, moved) + `"}`
	want := parse(f, "{"+withContext+plain+"}")
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := vocab.Parse(data)
		if err != nil || o.Len() == 0 || o.Has(vocab.Signature) {
			return
		}
		body := strings.TrimSuffix(strings.TrimSpace(o.Value().String()), "}")
		o, err = vocab.Parse([]byte(body + "," + signature + "}"))
		if err != nil || ldsig.Verify(o, publicKey()) != nil {
			return
		}
		for _, p := range []vocab.Property{vocab.Actor, vocab.ObjectProperty, vocab.Target, vocab.Origin} {
			if o.IRI(p) != want.IRI(p) {
				t.Fatalf("the signature of another Move holds, but %s is %s", p, o.IRI(p))
			}
		}
		if o.ID() != want.ID() || o.Type() != want.Type() {
			t.Fatalf("the signature of another activity holds: %s", o)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	for situation, members := range map[string]string{"a Move": withContext + plain, "five alike": withContext + plain + `,"tag":[` + clique(5) + `]`} {
		o, key := signed(b, members, options, moved), publicKey()
		b.Run(situation, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = ldsig.Verify(o, key)
			}
		})
	}
}
