package afterlife

import (
	"errors"
	"net/http"

	"codeberg.org/godwit/godwit/vocab"
)

// claimPath is where people say where their account went.
const claimPath = ownPath + "claim"

// longestClaim is how long what a form sends may be.
const longestClaim = 16 << 10

const claimForm = `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>Say where your account went</title></head>
<body><main>
<h1>Say where your account went</h1>
<p>You were given a secret before this server ended. The new account must list the old one as its alias first.</p>
<form method="post">
<p><label>Old account, as a URL <input name="account" type="url" required></label></p>
<p><label>New account, as a URL <input name="new" type="url" required></label></p>
<p><label>Secret <input name="secret" type="password" autocomplete="off" required></label></p>
<p><button>Say it</button></p>
</form>
</main></body>
</html>
`

// claim shows the form, and takes what is sent with it. It needs no login and no
// cookie: the secret is all there is.
func (s *server) claim(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; form-action 'self'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	switch {
	case s.o.Claims == nil:
		s.write(w, r, missing)
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		h.Set("Content-Type", typePage)
		_, _ = w.Write([]byte(claimForm)) // who has gone away needs no answer
	case r.Method != http.MethodPost:
		h.Set("Allow", "GET, HEAD, POST")
		s.plain(w, http.StatusMethodNotAllowed, "only GET, HEAD and POST are answered\n")
	case s.o.Network == nil:
		s.plain(w, http.StatusServiceUnavailable, "nothing is taken here\n")
	default:
		s.takeClaim(w, r)
	}
}

func (s *server) takeClaim(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, longestClaim)
	if err := r.ParseForm(); err != nil {
		s.plain(w, http.StatusBadRequest, "bad request\n")
		return
	}
	c := Claim{Account: vocab.IRI(r.PostForm.Get("account")), New: vocab.IRI(r.PostForm.Get("new")), Secret: r.PostForm.Get("secret")}
	_, err := s.o.Claims.Claim(r.Context(), s.Door, s.tombstones, s.o.Network, c)
	var retry interface{ Temporary() bool }
	switch {
	case err == nil:
		s.plain(w, http.StatusOK, "done: the old account now says where you are\n")
	case errors.Is(err, ErrGone):
		s.write(w, r, gone)
	case errors.Is(err, ErrSecret):
		s.plain(w, http.StatusForbidden, ErrSecret.Error()+"\n")
	case errors.Is(err, ErrNotClaimed):
		s.plain(w, http.StatusConflict, ErrNotClaimed.Error()+"\n")
	case errors.Is(err, ErrNotActor):
		s.plain(w, http.StatusConflict, ErrNotActor.Error()+"\n")
	case errors.As(err, &retry):
		s.plain(w, http.StatusBadGateway, "the new account cannot be read\n")
	default:
		s.fail(w, r, err)
	}
}
