package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"filippo.io/age"
)

// ErrWrongKey says that none of the passphrases and keys that were given opens what
// is sealed. Another may.
var ErrWrongKey = errors.New("none of the given passphrases and keys opens it")

// Reasons to refuse what is sealed.
const (
	SealInvalid    Reason = "seal-header-invalid"     // no age file, one in armor, or its header is damaged
	SealTooDear    Reason = "limit-seal-work"         // its passphrase costs more to try than it may
	SealTooMany    Reason = "limit-seal-header"       // a header with more recipients or bytes than it may have
	SealTooLarge   Reason = "limit-sealed-bytes"      // more inside than may be
	SealDamaged    Reason = "sealed-data-damaged"     // changed or cut short behind the header
	SecretUnclear  Reason = "private-key-unreadable"  // no private key in a known form
	SecretStranger Reason = "private-key-not-its-own" // its public half is not one that the account publishes
)

// Entries are what an archive has inside; a [Reader] is one.
type Entries interface {
	Entries() iter.Seq[Entry]
	// OpenEntry opens an entry. One that is not there is fs.ErrNotExist.
	OpenEntry(ctx context.Context, name string) (io.ReadCloser, error)
}

var _ Entries = (*Reader)(nil)

// SealLimits bound what a sealed entry may ask for. A nil *SealLimits is the same
// as a zero one.
type SealLimits struct {
	// WorkFactor is the logarithm to base 2 of what a passphrase may cost to try;
	// at 18, the default, a second and 256 MiB of memory.
	WorkFactor int
	// Header is how many bytes the header may have. Default 64 KiB.
	Header int
	// Recipients is how many the header may name. Default 64.
	Recipients int
	// Bytes is how much may be inside. Default 64 KiB of a key, 1 GiB of
	// anything else.
	Bytes int64
}

const (
	mostKeyBytes    = 64 << 10
	mostSealedBytes = 1 << 30
)

func (l *SealLimits) orDefault(inside int64) SealLimits {
	var limits SealLimits
	if l != nil {
		limits = *l
	}
	if limits.WorkFactor <= 0 {
		limits.WorkFactor = 18
	}
	if limits.Header <= 0 {
		limits.Header = 64 << 10
	}
	if limits.Recipients <= 0 {
		limits.Recipients = 64
	}
	if limits.Bytes <= 0 {
		limits.Bytes = inside
	}
	return limits
}

// Unlock opens a sealed entry with any of the identities. What is read has not been
// changed since it was sealed, up to where reading came; an error in place of
// io.EOF says that the rest has. Who sealed it is not known: anyone can seal to a
// public key.
//
// [ErrWrongKey] says that no identity fits; what is damaged or asks for too much is
// a [*Refusal]. No error holds anything of what is inside. The caller closes it.
func Unlock(ctx context.Context, from Entries, name string, with []age.Identity, l *SealLimits) (io.ReadCloser, error) {
	return unlock(ctx, from, name, with, l.orDefault(mostSealedBytes))
}

func unlock(ctx context.Context, from Entries, name string, with []age.Identity, limits SealLimits) (io.ReadCloser, error) {
	entry, err := from.OpenEntry(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("unlock: %w", err)
	}
	head := &sealHead{r: entry, left: limits.Header}
	plain, err := age.Decrypt(head, guarded(with, head, limits)...)
	if err != nil {
		entry.Close()
		return nil, sealError(name, head, err, SealInvalid)
	}
	return &unsealed{Closer: entry, plain: plain, head: head, name: name, left: limits.Bytes}, nil
}

// A sealHead bounds the header of an age file, and remembers what went wrong with
// the file itself.
type sealHead struct {
	r    io.Reader
	left int
	past bool // the header was read
	long bool // it is longer than it may be
	err  error
}

func (h *sealHead) Read(p []byte) (int, error) {
	if !h.past {
		if h.left <= 0 {
			h.long = true
			return 0, io.ErrUnexpectedEOF
		}
		p = p[:min(len(p), h.left)]
	}
	n, err := h.r.Read(p)
	h.left -= n
	if err != nil && err != io.EOF {
		h.err = err
	}
	return n, err
}

// A guard looks at what a header asks for before an identity does.
type guard struct {
	age.Identity
	head   *sealHead
	limits SealLimits
}

var (
	errSealMany = errors.New("too many recipients")
	errSealDear = errors.New("too much work")
)

// guarded are identities behind a guard. The first thing that age does with them is
// behind the header.
func guarded(with []age.Identity, head *sealHead, limits SealLimits) []age.Identity {
	all := []age.Identity{guard{noIdentity{}, head, limits}}
	for _, id := range with {
		all = append(all, guard{id, head, limits})
	}
	return all
}

// noIdentity stands for an empty list of them, which age does not take.
type noIdentity struct{}

func (noIdentity) Unwrap([]*age.Stanza) ([]byte, error) { return nil, age.ErrIncorrectIdentity }

// Unwrap implements age.Identity.
func (g guard) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	g.head.past = true
	if len(stanzas) > g.limits.Recipients {
		return nil, errSealMany
	}
	for _, s := range stanzas {
		if s.Type == "scrypt" && !g.affordable(s) {
			return nil, errSealDear
		}
	}
	return g.Identity.Unwrap(stanzas)
}

// affordable reports whether a passphrase may be tried. What is no number costs
// nothing: age refuses it.
func (g guard) affordable(s *age.Stanza) bool {
	if len(s.Args) != 2 {
		return true
	}
	cost, err := strconv.Atoi(s.Args[1])
	return err == nil && cost <= g.limits.WorkFactor
}

// sealError tells why a sealed entry cannot be read. What age says of it may quote
// it, and is left out.
func sealError(name string, head *sealHead, err error, otherwise Reason) error {
	refuse := func(r Reason) error { return &Refusal{Reason: r, Where: name, Hint: hint(r)} }
	_, nobody := errors.AsType[*age.NoIdentityMatchError](err)
	switch {
	case head.err != nil:
		return fmt.Errorf("unlock %q: %w", name, head.err)
	case nobody:
		return fmt.Errorf("unlock %q: %w", name, ErrWrongKey)
	case head.long, errors.Is(err, errSealMany):
		return refuse(SealTooMany)
	case errors.Is(err, errSealDear):
		return refuse(SealTooDear)
	}
	return refuse(otherwise)
}

// unsealed is what is inside of a sealed entry.
type unsealed struct {
	io.Closer
	plain io.Reader
	head  *sealHead
	name  string
	left  int64
}

func (u *unsealed) Read(p []byte) (int, error) {
	n, err := u.plain.Read(p)
	switch u.left -= int64(n); {
	case u.left < 0:
		return 0, &Refusal{Reason: SealTooLarge, Where: u.name, Hint: hint(SealTooLarge)}
	case err != nil && err != io.EOF:
		return n, sealError(u.name, u.head, err, SealDamaged)
	}
	return n, err
}

// A SealedEntry is a sealed entry that was not opened.
type SealedEntry struct {
	Entry
	// Key: it is a private key of the account; else it is its inbox, or something
	// that another software sealed.
	Key bool
	// Passphrase: a passphrase opens it; else a key of age does.
	Passphrase bool
}

// Sealed lists what is sealed in an archive, in the order in which it stands, and
// opens none of it. Of each the header is read. One whose header cannot be read
// comes with a [*Refusal], and the others behind it; any other error is the last
// thing yielded.
func Sealed(ctx context.Context, from Entries) iter.Seq2[SealedEntry, error] {
	return func(yield func(SealedEntry, error) bool) {
		for e := range from.Entries() {
			if !strings.HasSuffix(e.Name, ".age") {
				continue
			}
			sealed := SealedEntry{Entry: e, Key: strings.HasPrefix(e.Name, "key/")}
			passphrase, err := takesPassphrase(ctx, from, e.Name)
			sealed.Passphrase = passphrase
			_, refused := errors.AsType[*Refusal](err)
			if !yield(sealed, err) || err != nil && !refused {
				return
			}
		}
	}
}

func takesPassphrase(ctx context.Context, from Entries, name string) (bool, error) {
	var seen stanzaTypes
	r, err := unlock(ctx, from, name, []age.Identity{&seen}, (&SealLimits{WorkFactor: 64}).orDefault(mostKeyBytes))
	if err == nil {
		return false, r.Close()
	}
	if errors.Is(err, ErrWrongKey) {
		err = nil
	}
	return slices.Contains(seen, "scrypt"), err
}

// stanzaTypes is an identity that opens nothing and remembers how it could be
// opened.
type stanzaTypes []string

func (s *stanzaTypes) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	for _, one := range stanzas {
		*s = append(*s, one.Type)
	}
	return nil, age.ErrIncorrectIdentity
}

// NewPassphraseRecipient seals to a passphrase, at a cost for each try of two to
// the power of workFactor: 15 to 18, and 18 for 0. A file that is sealed to a
// passphrase has no other recipients.
func NewPassphraseRecipient(passphrase string, workFactor int) (age.Recipient, error) {
	if workFactor == 0 {
		workFactor = 18
	}
	if workFactor < 15 || workFactor > 18 {
		return nil, fmt.Errorf("seal to a passphrase: work factor %d: not between 15 and 18", workFactor)
	}
	r, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, errors.New("seal to a passphrase: it is empty")
	}
	r.SetWorkFactor(workFactor)
	return r, nil
}

// NewPassphrase opens what was sealed to a passphrase.
func NewPassphrase(passphrase string) (age.Identity, error) {
	id, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, errors.New("unlock with a passphrase: it is empty")
	}
	return id, nil
}

// ParseRecipients reads public keys of age ("age1…"), one on each line; lines that
// are empty or begin with "#" are passed over. No error holds anything of the text:
// people mistake the one half of a key for the other.
func ParseRecipients(text string) ([]age.Recipient, error) {
	all, err := age.ParseRecipients(strings.NewReader(trimLines(text)))
	if err != nil {
		return nil, errors.New("read recipients: a line is no public key of age")
	}
	return all, nil
}

// ParseIdentities reads secret keys of age ("AGE-SECRET-KEY-1…"), likewise.
func ParseIdentities(text string) ([]age.Identity, error) {
	all, err := age.ParseIdentities(strings.NewReader(trimLines(text)))
	if err != nil {
		return nil, errors.New("read keys: a line is no secret key of age")
	}
	return all, nil
}

func trimLines(text string) string {
	var b bytes.Buffer
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimSpace(line) + "\n")
	}
	return b.String()
}
