package backup_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
)

// FuzzOpen reads what may be an archive to its end, and with salvage what was refused. What is taken out of it makes an
// archive that is whole.
func FuzzOpen(f *testing.F) {
	files := hostileTakeoutFiles(hostileOutbox(hostileAround()...))
	f.Add(hostileTar(files...))
	f.Add(hostileZip(files...))
	f.Add(hostileTar(hostileContainer(hostileManifest)...))
	f.Add([]byte(files[1].body))
	f.Add(hostileTar(hostileFile{"following_accounts.csv", "Account address,Show boosts\nbob@else.example,true\n"}))
	f.Add(hostileZip(hostileFile{"follower.js", `window.YTD.follower.part0 = [{"follower":{"accountId":"1","userLink":"https://x.com/a"}}]`}))
	dir := f.TempDir()
	limits := backup.Limits{ItemBytes: 64 << 10, Total: 4 << 20}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, salvage := range []bool{false, true} {
			o := &backup.ReadOptions{Salvage: salvage, Scratch: dir, Limits: limits}
			r, err := backup.OpenAt(t.Context(), bytes.NewReader(data), int64(len(data)), o)
			if err != nil {
				fuzzRefused(t, err)
				continue
			}
			fuzzConvert(t, r, dir)
			require.NoError(t, r.Close())
			return
		}
	})
}

func fuzzRefused(t *testing.T, err error) {
	var refusal *backup.Refusal
	require.True(t, errors.As(err, &refusal), "refused with a reason, not %v", err)
	require.NotEmpty(t, refusal.Reason)
}

// fuzzConvert copies an archive. One that turns out damaged on the way has been
// refused with a reason.
func fuzzConvert(t *testing.T, r *backup.Reader, dir string) {
	var made bytes.Buffer
	to, err := backup.NewWriter(&made, &backup.WriteOptions{Created: hostileDay, Scratch: dir})
	require.NoError(t, err)
	_, err = portability.Copy(t.Context(), r, to, nil)
	require.NoError(t, to.Close())
	if err != nil {
		fuzzRefused(t, err)
		return
	}
	path := filepath.Join(dir, "made.tar")
	require.NoError(t, os.WriteFile(path, made.Bytes(), 0o600))
	verdict, err := backup.Verify(t.Context(), path, nil)
	require.NoError(t, err)
	require.True(t, verdict.Whole(), "%+v", verdict.Findings)
	require.NoError(t, readsAll(t, made.Bytes()))
}

func readsAll(t *testing.T, data []byte) error {
	r, err := hostileOpen(t, data, false)
	if err != nil {
		return err
	}
	for _, k := range portability.Kinds() {
		for item, err := range r.Items(t.Context(), k, "") {
			if err != nil {
				return err
			}
			for _, m := range item.Media {
				if f, _, err := r.OpenMedia(t.Context(), m); err == nil {
					_, err = io.Copy(io.Discard, f)
					if f.Close(); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}
