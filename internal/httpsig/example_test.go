package httpsig_test

import (
	"crypto/ed25519"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"codeberg.org/godwit/godwit/internal/httpsig"
)

// A delivery from one server to another. Here the receiver has the sender's
// key at hand; actor/client fetches it.
func Example() {
	key := ed25519.NewKeyFromSeed([]byte("thirty-two bytes of a test's key"))
	inbox := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s, err := httpsig.Parse(r, body, nil)
		if err == nil {
			err = s.Verify(key.Public())
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		fmt.Println(s.Scheme, s.KeyID)
	}))
	defer inbox.Close()

	for _, scheme := range []httpsig.Scheme{httpsig.Cavage, httpsig.RFC9421} {
		body := `{"type":"Move"}`
		r, _ := http.NewRequest(http.MethodPost, inbox.URL, strings.NewReader(body))
		if err := httpsig.Sign(r, []byte(body), scheme, "https://old.example/al#key", key, time.Now(), nil); err != nil {
			fmt.Println(err)
		}
		if answer, err := http.DefaultClient.Do(r); err == nil {
			answer.Body.Close()
		}
	}
	// Output:
	// draft-cavage https://old.example/al#key
	// rfc9421 https://old.example/al#key
}
