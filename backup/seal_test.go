package backup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/backup"
)

// A box is the entries of an archive, in order.
type box []boxed

type boxed struct {
	name string
	data []byte
	err  error // in place of the end
}

func (b box) Entries() iter.Seq[backup.Entry] {
	return func(yield func(backup.Entry) bool) {
		for _, e := range b {
			if !yield(backup.Entry{Name: e.name, Size: int64(len(e.data))}) {
				return
			}
		}
	}
}

func (b box) OpenEntry(ctx context.Context, name string) (io.ReadCloser, error) {
	for _, e := range b {
		if e.name == name {
			return io.NopCloser(io.MultiReader(bytes.NewReader(e.data), ending{e.err})), ctx.Err()
		}
	}
	return nil, fs.ErrNotExist
}

type ending struct{ err error }

func (e ending) Read([]byte) (int, error) {
	if e.err != nil {
		return 0, e.err
	}
	return 0, io.EOF
}

const theSecret = "correct horse battery staple"

// toPassphrase seals at little cost.
func toPassphrase(t testing.TB, passphrase string) age.Recipient {
	r, err := age.NewScryptRecipient(passphrase)
	require.NoError(t, err)
	r.SetWorkFactor(8)
	return r
}

func withPassphrase(t testing.TB, passphrase string) age.Identity {
	id, err := backup.NewPassphrase(passphrase)
	require.NoError(t, err)
	return id
}

func newIdentity(t testing.TB) *age.X25519Identity {
	id, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	return id
}

func sealedFor(t testing.TB, plain string, to ...age.Recipient) []byte {
	var b bytes.Buffer
	w, err := age.Encrypt(&b, to...)
	require.NoError(t, err)
	_, err = io.WriteString(w, plain)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func unlocked(t testing.TB, from backup.Entries, name string, l *backup.SealLimits, with ...age.Identity) (string, error) {
	r, err := backup.Unlock(t.Context(), from, name, with, l)
	if err != nil {
		return "", err
	}
	defer r.Close()
	plain, err := io.ReadAll(r)
	return string(plain), err
}

func TestUnlock(t *testing.T) {
	me, other := newIdentity(t), newIdentity(t)
	from := box{
		{name: "manifest.yml"},
		{name: "received/inbox.json.age", data: sealedFor(t, "for two", me.Recipient(), other.Recipient())},
		{name: "key/1.json.age", data: sealedFor(t, "for a passphrase", toPassphrase(t, theSecret))},
	}
	t.Run("a key among others", func(t *testing.T) {
		plain, err := unlocked(t, from, "received/inbox.json.age", nil, newIdentity(t), withPassphrase(t, "x"), me)
		require.NoError(t, err)
		assert.Equal(t, "for two", plain)
	})
	t.Run("a passphrase among keys", func(t *testing.T) {
		plain, err := unlocked(t, from, "key/1.json.age", nil, me, withPassphrase(t, theSecret))
		require.NoError(t, err)
		assert.Equal(t, "for a passphrase", plain)
	})
	t.Run("what does not fit", func(t *testing.T) {
		wrong := withPassphrase(t, "wrong horse")
		for _, with := range [][]age.Identity{nil, {newIdentity(t)}, {wrong}, {newIdentity(t), wrong}} {
			for _, name := range []string{"received/inbox.json.age", "key/1.json.age"} {
				_, err := unlocked(t, from, name, nil, with...)
				assert.ErrorIs(t, err, backup.ErrWrongKey)
				assert.ErrorContains(t, err, name)
				assert.NotContains(t, err.Error(), "horse")
			}
		}
	})
	t.Run("what is not there", func(t *testing.T) {
		_, err := unlocked(t, from, "key/2.json.age", nil, me)
		assert.ErrorIs(t, err, fs.ErrNotExist)
	})
	t.Run("listed without being opened", func(t *testing.T) {
		var all []backup.SealedEntry
		for e, err := range backup.Sealed(t.Context(), from) {
			require.NoError(t, err)
			all = append(all, e)
		}
		require.Len(t, all, 2)
		assert.Equal(t, backup.SealedEntry{Entry: backup.Entry{Name: "received/inbox.json.age", Size: int64(len(from[1].data))}}, all[0])
		assert.Equal(t, "key/1.json.age", all[1].Name)
		assert.True(t, all[1].Key && all[1].Passphrase)
	})
}

func TestUnlockHostile(t *testing.T) {
	me := newIdentity(t)
	good := sealedFor(t, strings.Repeat("a secret ", 20_000), me.Recipient())
	dear := bytes.Replace(sealedFor(t, "x", toPassphrase(t, theSecret)), []byte(" 8\n"), []byte(" 30\n"), 1)
	require.Contains(t, string(dear), " 30\n", "the header asks for 2^30")
	nineteen := bytes.Replace(dear, []byte(" 30\n"), []byte(" 19\n"), 1)
	var armored bytes.Buffer
	w := armor.NewWriter(&armored)
	_, err := w.Write(good)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	stanza := "-> X25519 " + strings.Repeat("A", 43) + "\n" + strings.Repeat("A", 43) + "\n"
	head := "age-encryption.org/v1\n"
	tail := "--- " + strings.Repeat("A", 43) + "\n0123456789abcdef0123456789abcdef"
	flipped := bytes.Clone(good)
	flipped[len(flipped)-100] ^= 1

	for _, c := range []struct {
		name   string
		data   []byte
		reason backup.Reason
	}{
		{"a work factor of 30", dear, backup.SealTooDear},
		{"a work factor of 19", nineteen, backup.SealTooDear},
		{"a work factor without end", bytes.Replace(dear, []byte(" 30\n"), []byte(" "+strings.Repeat("9", 40)+"\n"), 1), backup.SealTooDear},
		{"ten thousand recipients", []byte(head + strings.Repeat(stanza, 10_000) + tail), backup.SealTooMany},
		{"a hundred recipients", []byte(head + strings.Repeat(stanza, 100) + tail), backup.SealTooMany},
		{"a line without end", []byte(head + "-> " + strings.Repeat("A", 5<<20)), backup.SealTooMany},
		{"nothing", nil, backup.SealInvalid},
		{"not age", []byte(`{"privateKeyPem":"correct horse"}`), backup.SealInvalid},
		{"in armor", armored.Bytes(), backup.SealInvalid},
		{"cut short in the header", good[:60], backup.SealInvalid},
		{"a header of another file", bytes.Replace(good, []byte("--- "), []byte("--- A"), 1), backup.SealInvalid},
		{"cut short behind the header", good[:len(good)-1000], backup.SealDamaged},
		{"cut where a chunk ends", good[:len(good)-len(good)%(64<<10+16)], backup.SealDamaged},
		{"a bit turned", flipped, backup.SealDamaged},
		{"more behind the end", append(bytes.Clone(good), "x"...), backup.SealDamaged},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := unlocked(t, box{{name: "key/1.json.age", data: c.data}}, "key/1.json.age", nil, me, withPassphrase(t, theSecret))
			refusal, ok := errors.AsType[*backup.Refusal](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, c.reason, refusal.Reason)
			assert.Equal(t, "key/1.json.age", refusal.Where)
			assert.NotContains(t, err.Error(), "horse", "nothing of a passphrase or the file")
			assert.Less(t, len(err.Error()), 200, "nothing of the file")
			assert.False(t, refusal.Temporary())
		})
	}
	t.Run("more inside than may be", func(t *testing.T) {
		_, err := unlocked(t, box{{name: "a.age", data: good}}, "a.age", &backup.SealLimits{Bytes: 1000}, me)
		refusal, ok := errors.AsType[*backup.Refusal](err)
		require.True(t, ok, "%v", err)
		assert.Equal(t, backup.SealTooLarge, refusal.Reason)
	})
	t.Run("a disk that fails is no damage", func(t *testing.T) {
		broken := errors.New("the disk is gone")
		for _, n := range []int{0, 50, len(good) - 1000} {
			_, err := unlocked(t, box{{name: "a.age", data: good[:n], err: broken}}, "a.age", nil, me)
			assert.ErrorIs(t, err, broken, "after %d bytes", n)
		}
	})
	t.Run("a list goes on behind one that cannot be read", func(t *testing.T) {
		var names []string
		refused := 0
		for e, err := range backup.Sealed(t.Context(), box{{name: "key/1.json.age", data: []byte("x")}, {name: "key/2.json.age", data: dear}, {name: "key/3.json.age", data: good}}) {
			names = append(names, fmt.Sprint(e.Name, e.Passphrase))
			if err != nil {
				refused++
			}
		}
		assert.Equal(t, []string{"key/1.json.agefalse", "key/2.json.agetrue", "key/3.json.agefalse"}, names)
		assert.Equal(t, 1, refused)
	})
}

func TestRecipients(t *testing.T) {
	me := newIdentity(t)
	t.Run("public keys", func(t *testing.T) {
		all, err := backup.ParseRecipients("# mine\r\n\n  " + me.Recipient().String() + "  \r\n")
		require.NoError(t, err)
		require.Len(t, all, 1)
		ids, err := backup.ParseIdentities("# mine\n" + me.String() + "\r\n")
		require.NoError(t, err)
		plain, err := unlocked(t, box{{name: "a.age", data: sealedFor(t, "x", all...)}}, "a.age", nil, ids...)
		require.NoError(t, err)
		assert.Equal(t, "x", plain)
	})
	t.Run("the wrong half, or neither", func(t *testing.T) {
		for _, text := range []string{me.String(), me.String()[:30], theSecret, "", me.Recipient().String() + "x"} {
			_, err := backup.ParseRecipients(text)
			require.Error(t, err)
			assert.NotContains(t, err.Error(), "AGE-SECRET")
			assert.NotContains(t, err.Error(), "horse")
		}
		for _, text := range []string{me.Recipient().String(), me.String()[:30], theSecret, ""} {
			_, err := backup.ParseIdentities(text)
			require.Error(t, err)
			assert.NotContains(t, err.Error(), "SECRET-KEY")
			assert.NotContains(t, err.Error(), "horse")
		}
	})
	t.Run("passphrases", func(t *testing.T) {
		r, err := backup.NewPassphraseRecipient(theSecret, 15)
		require.NoError(t, err)
		plain, err := unlocked(t, box{{name: "a.age", data: sealedFor(t, "x", r)}}, "a.age", nil, withPassphrase(t, theSecret))
		require.NoError(t, err, "at the least cost that is written")
		assert.Equal(t, "x", plain)
		for _, cost := range []int{-1, 1, 14, 19, 31} {
			_, err := backup.NewPassphraseRecipient(theSecret, cost)
			require.Error(t, err, "%d", cost)
			assert.NotContains(t, err.Error(), "horse")
		}
		_, err = backup.NewPassphraseRecipient("", 0)
		require.Error(t, err)
		_, err = backup.NewPassphrase("")
		require.Error(t, err)
	})
}
