package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"filippo.io/age"
	"github.com/go-json-experiment/json"

	"codeberg.org/godwit/godwit/actor"
	"codeberg.org/godwit/godwit/internal/canonical"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A Compression is what stands around the tar; its text is the ending of the
// file's name.
type Compression string

// The compressions.
const (
	None Compression = ""
	Gzip Compression = "gz"
	Zstd Compression = "zst"
)

// Errors of options.
var (
	// ErrNoTime says that WriteOptions.Created is zero.
	ErrNoTime = errors.New("the time of creation is not given")
	// ErrBadOption says that an option has a value that it cannot have.
	ErrBadOption = errors.New("option cannot have this value")
	// ErrOtherOptions says that a work folder was begun with other options.
	ErrOtherOptions = errors.New("begun with other options")
)

// WriteOptions are what an archive is made with. Created is required. The same
// items with the same options give the same bytes, but for what is sealed.
type WriteOptions struct {
	// Created is when the archive was made, as it says; it is written in whole
	// seconds.
	Created time.Time
	// Compression of the whole. Default [None].
	Compression Compression
	// Client is the software that makes the archive. Default godwit.
	Client Client
	// Controller is for whom it is made. Default the account's id.
	Controller vocab.IRI
	// Key signs the archive: an Ed25519 key that the account's own document
	// lists, or else Finish refuses with [ErrKeyNotPublished]. Nil: the archive is
	// not signed, and proves only that it is whole.
	Key *actor.PrivateKey
	// VolumeBytes is how large each volume may be, before compression; at least
	// [MinVolume]. Zero: one file whatever its size. A volume goes above it for an
	// item or file that is larger alone, and the first one for the account's
	// relations, which stay together.
	VolumeBytes int64
	// Base makes an increment. Nil: the archive has everything.
	Base *Base
	// From says in the caller's own words what is copied. It is not written: a work
	// folder that was begun from something else is refused with [ErrOtherOptions].
	// Default: whatever it is, it is taken for the same.
	From string
	// Origin are files of the archive that this one is made from, which ride along
	// under godwit/origin/.
	Origin []OriginFile
	// InboxRecipients are whom the inbox is sealed to. Empty: it is left out, and
	// counted.
	InboxRecipients []age.Recipient
	// Secrets are private keys to be sealed into the archive. Nil: none.
	Secrets *Secrets
	// Scratch is the folder for temporary files: of NewWriter everything, of Create
	// what need not outlive the process. Default os.TempDir.
	Scratch string
}

// MinVolume is the smallest limit for volumes.
const MinVolume = 1 << 20

// A Client is the software that makes an archive.
type Client struct{ Name, URL string }

// A Base is the archive that an increment builds upon.
type Base struct {
	// Integrity is the SHA-256, in hex, of the base's integrity list.
	Integrity string
	// Items are what the base has, the files as items of kind Media. It is read
	// twice, by [Create] and by Finish.
	Items portability.Source
	// Kinds are those of which the source would tell if it still had something. Of
	// others nothing is listed as gone: a takeout has no followers, and does not say
	// that there are none. Empty: all kinds.
	Kinds []portability.Kind
}

// An OriginFile is a file of the archive that an archive is made from.
type OriginFile struct {
	// Name is its name there, in the form that archives have names.
	Name string
	// Open opens it; Finish reads it once, and closes it.
	Open func(ctx context.Context) (io.ReadCloser, error)
}

// Secrets are private keys to be sealed into an archive: for an operator who hands
// an account over, or for a person who asked for it (see DESIGN.md).
type Secrets struct {
	// Keys are Multikeys with their private halves.
	Keys []*vocab.Object
	// Recipients are whom they are sealed to; at least one.
	Recipients []age.Recipient
}

var defaultClient = Client{Name: "godwit", URL: "https://codeberg.org/godwit/godwit"}

func (o *WriteOptions) orDefault() (WriteOptions, error) {
	if o == nil {
		o = &WriteOptions{}
	}
	opts := *o
	if opts.Client == (Client{}) {
		opts.Client = defaultClient
	}
	opts.Created = opts.Created.UTC().Truncate(time.Second)
	return opts, opts.check()
}

func (o *WriteOptions) check() error {
	bad := func(what string) error { return fmt.Errorf("%s: %w", what, ErrBadOption) }
	switch {
	case o.Created.Unix() == time.Time{}.Unix():
		return ErrNoTime
	case o.Created.Year() < 0 || o.Created.Year() > 9999:
		return bad("created")
	case !slices.Contains([]Compression{None, Gzip, Zstd}, o.Compression):
		return bad("compression")
	case o.VolumeBytes != 0 && o.VolumeBytes < MinVolume:
		return bad("size of volumes")
	case o.Base != nil && (o.Base.Items == nil || !isDigest(o.Base.Integrity)):
		return bad("base")
	case o.Secrets != nil && (len(o.Secrets.Keys) == 0 || len(o.Secrets.Recipients) == 0):
		return bad("secrets")
	case o.Key != nil && (o.Key.Signer == nil || o.Key.ID == ""):
		return bad("key")
	case !utf8.ValidString(o.Client.Name + o.Client.URL + string(o.Controller)):
		return bad("client or controller")
	}
	names := map[string]bool{}
	for _, f := range o.Origin {
		if !isEntryName(f.Name) || f.Open == nil || names[f.Name] {
			return bad("origin")
		}
		names[f.Name] = true
	}
	return errors.Join(tryRecipients(o.InboxRecipients), tryRecipients(o.secretRecipients()))
}

func (o *WriteOptions) secretRecipients() []age.Recipient {
	if o.Secrets == nil {
		return nil
	}
	return o.Secrets.Recipients
}

// tryRecipients finds recipients that do not go together before anything is
// copied.
func tryRecipients(to []age.Recipient) error {
	if len(to) < 2 {
		return nil
	}
	if slices.ContainsFunc(to, isPassphrase) {
		return fmt.Errorf("a passphrase beside other recipients: %w", ErrBadOption)
	}
	w, err := age.Encrypt(io.Discard, to...)
	if err != nil {
		return fmt.Errorf("recipients: %w", errors.Join(ErrBadOption, err))
	}
	return w.Close()
}

func isPassphrase(to age.Recipient) bool {
	_, is := to.(*age.ScryptRecipient)
	return is
}

func isDigest(text string) bool {
	raw, err := hex.DecodeString(text)
	return err == nil && len(raw) == sha256.Size && strings.ToLower(text) == text
}

// isEntryName takes what a tar of ours can hold, and nothing that leads out of it.
func isEntryName(name string) bool {
	return name != "" && len(name) < 900 && utf8.ValidString(name) && path.Clean(name) == name && !path.IsAbs(name) &&
		name != "." && name != ".." && !strings.HasPrefix(name, "../") && !strings.ContainsAny(name, "\\\x00")
}

// around is the compression as the writer of containers knows it.
func (o *WriteOptions) around() canonical.Compression { return canonical.Compression(o.Compression) }

// fingerprint tells options apart that give other archives. The key is not among
// them: it signs what is there, and one that turns out to be wrong must not cost
// what was copied.
func (o *WriteOptions) fingerprint() (string, error) {
	said := struct {
		Created     time.Time
		Compression Compression
		Client      Client
		Controller  vocab.IRI
		Volume      int64
		Base        string
		From        string
		Origin      []string
		Inbox       int
		Keys        []vocab.IRI
		KeysTo      int
	}{
		Created: o.Created, Compression: o.Compression, Client: o.Client, Controller: o.Controller, Volume: o.VolumeBytes,
		From: o.From, Inbox: len(o.InboxRecipients), KeysTo: len(o.secretRecipients()),
	}
	if o.Base != nil {
		said.Base = o.Base.Integrity
	}
	for _, f := range o.Origin {
		said.Origin = append(said.Origin, f.Name)
	}
	if o.Secrets != nil {
		for _, k := range o.Secrets.Keys {
			said.Keys = append(said.Keys, k.ID())
		}
	}
	text, err := json.Marshal(said)
	if err != nil {
		return "", err
	}
	return digestOf(text), nil
}

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
