package backup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/internal/capped"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/site"
)

// A hostileCase is an input named by its fault, and what must become of it. The
// faults of containers are those of package container's own corpus.
type hostileCase struct {
	fault string
	input func(w *hostileWorld) hostileInput
	opts  *backup.ReadOptions
	// want is the outcome: "refused: " and a reason, or what comes out, kind by
	// kind, with the problems of items behind their kind and of the whole behind
	// an exclamation mark; see hostileOutcome.
	want string
	// check, if any, looks at what was made of it.
	check func(t *testing.T, made hostileMade)
	// large: what is made of it is not kept, and there is no site.
	large bool
	// long: it is read, and not converted.
	long bool
}

// A hostileInput is bytes, or a path.
type hostileInput struct {
	r    io.ReaderAt
	size int64
	path string
}

func hostileBytes(data []byte) hostileInput {
	return hostileInput{r: bytes.NewReader(data), size: int64(len(data))}
}

// Texts that say where they must not turn up.
const (
	hostileSecret  = "CANARY-OF-A-SECRET"      // nowhere
	hostileOutside = "CANARY-FROM-OUTSIDE"     // nowhere: it is not in the archive
	hostileForged  = "CANARY-OF-A-FORGERY"     // in nothing that is made
	hostilePrivate = "CANARY-OF-A-PRIVATE-ONE" // in no site, and in no error or problem
)

// A hostileWorld is what lies around an archive: a file and a server that nothing
// may touch.
type hostileWorld struct {
	t       *testing.T
	dir     string
	outside string // the path of a file
	server  string // a URL
	visits  atomic.Int64
}

func newHostileWorld(t *testing.T) *hostileWorld {
	w := &hostileWorld{t: t, dir: t.TempDir()}
	w.outside = filepath.Join(w.dir, "outside.png")
	require.NoError(t, os.WriteFile(w.outside, []byte("\x89PNG\r\n\x1a\n"+hostileOutside), 0o600))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	w.server = "http://" + l.Addr().String()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			w.visits.Add(1)
			c.Close()
		}
	}()
	t.Cleanup(func() {
		require.NoError(t, l.Close())
		<-ended
		assert.Zero(t, w.visits.Load(), "nothing is fetched")
	})
	return w
}

// hostileMade is what was made of an archive.
type hostileMade struct {
	archive []byte // FEP-6fcd, not compressed
	site    string // the folder; "" if there is none
	reader  *backup.Reader
}

func hostileCases() []hostileCase {
	return slices.Concat(hostileManifests(), hostileContents(), hostileIntegrity(), hostileText(), hostileForgeries(),
		hostileAudiences(), hostileThreads(), hostileFiles(), hostileWords(), hostileLists(), hostileSecrets(), hostileBoxes())
}

func TestHostile(t *testing.T) {
	cases := hostileCases()
	require.GreaterOrEqual(t, len(cases), 120, "cases")
	seen := map[string]bool{}
	for _, c := range cases {
		require.False(t, seen[c.fault], "%s is there once", c.fault)
		seen[c.fault] = true
		t.Run(c.fault, c.run)
	}
}

// TestHostileInCappedMemory runs each case in a child of its own, where the
// operating system gives no more than 128 MiB for data.
func TestHostileInCappedMemory(t *testing.T) {
	var cases []string
	for _, c := range hostileCases() {
		cases = append(cases, c.fault)
	}
	require.GreaterOrEqual(t, len(cases), 120, "children")
	capped.Run(t, "TestHostile", cases)
}

func (c hostileCase) run(t *testing.T) {
	w := newHostileWorld(t)
	in := c.input(w)
	got := c.outcome(t, w, in)
	assert.Equal(t, c.want, got)
	assert.NotContains(t, got, "CANARY")
}

func (c hostileCase) open(ctx context.Context, in hostileInput) (*backup.Reader, error) {
	if in.path != "" {
		return backup.Open(ctx, in.path, c.opts)
	}
	return backup.OpenAt(ctx, in.r, in.size, c.opts)
}

// outcome reads an archive in every way, and says what came of it.
func (c hostileCase) outcome(t *testing.T, w *hostileWorld, in hostileInput) string {
	r, err := c.open(t.Context(), in)
	if err != nil {
		return hostileRefusal(t, err)
	}
	defer func() { require.NoError(t, r.Close()) }()
	inventory, err := backup.Inspect(t.Context(), r, nil)
	hostileQuiet(t, inventory, err)
	if c.long {
		require.NoError(t, err)
		return hostileOutcome(inventory)
	}
	made, copying := c.convert(t, w, r)
	if err != nil {
		assert.Error(t, copying, "what cannot be read cannot be copied")
		return hostileRefusal(t, err)
	}
	require.NoError(t, copying)
	if c.check != nil {
		c.check(t, made)
	}
	return hostileOutcome(inventory)
}

func hostileRefusal(t *testing.T, err error) string {
	var refusal *backup.Refusal
	require.True(t, errors.As(err, &refusal), "refused with a reason, not %v", err)
	assert.NotContains(t, err.Error(), "CANARY", "in an error")
	assert.Less(t, len(err.Error()), 1000, "an error is short")
	return "refused: " + string(refusal.Reason)
}

// hostileQuiet looks that nothing private is told in problems.
func hostileQuiet(t *testing.T, i *backup.Inventory, err error) {
	assert.NotContains(t, fmt.Sprintf("%+v %v", i.Problems, err), "CANARY", "in problems")
}

// hostileOutcome says what an inventory has, in short.
func hostileOutcome(i *backup.Inventory) string {
	var said []string
	for _, k := range i.Kinds {
		text := fmt.Sprintf("%s %d", k.Kind, k.Items-k.Unusable)
		if k.Unusable > 0 {
			text += fmt.Sprintf(" of %d", k.Items)
		}
		var more []string
		for _, audience := range hostileSorted(k.Audiences) {
			if audience != portability.ForPublic {
				more = append(more, fmt.Sprintf("%s %d", audience, k.Audiences[audience]))
			}
		}
		for _, reason := range hostileSorted(k.Problems) {
			more = append(more, fmt.Sprintf("%s %d", reason, k.Problems[reason]))
		}
		if len(more) > 0 {
			text += " (" + strings.Join(more, ", ") + ")"
		}
		said = append(said, text)
	}
	seen := map[backup.Reason]bool{"lacks": true, "file-missing": true}
	for _, p := range i.Problems {
		if !seen[p.Reason] {
			said = append(said, "!"+string(p.Reason))
			seen[p.Reason] = true
		}
	}
	if len(said) == 0 {
		return "nothing"
	}
	return strings.Join(said, "; ")
}

func hostileSorted[K ~string](counts map[K]int64) []K {
	var keys []K
	for k := range counts {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

var hostileDay = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// convert copies an archive into one of ours and into a site, and looks for what
// must not be in them. An archive that was made must be whole.
func (c hostileCase) convert(t *testing.T, w *hostileWorld, r *backup.Reader) (hostileMade, error) {
	made := hostileMade{reader: r}
	var kept bytes.Buffer
	out := io.Writer(&kept)
	if c.large {
		out = io.Discard
	}
	to, err := backup.NewWriter(out, &backup.WriteOptions{Created: hostileDay, Scratch: w.dir})
	require.NoError(t, err)
	report, err := portability.Copy(t.Context(), r, to, nil)
	assert.NotContains(t, fmt.Sprintf("%+v", report.Problems), "CANARY", "in a report")
	require.NoError(t, to.Close())
	if err != nil || c.large {
		return made, err
	}
	made.archive = kept.Bytes()
	hostileAbsent(t, made.archive, "the archive", hostileSecret, hostileOutside, hostileForged)
	hostileWhole(t, w, made.archive)
	made.site = filepath.Join(w.dir, "site")
	s, err := site.Create(made.site, nil)
	require.NoError(t, err)
	_, err = portability.Copy(t.Context(), r, s, nil)
	require.NoError(t, err, "a site is made")
	require.NoError(t, s.Close())
	hostileSite(t, made.site)
	return made, nil
}

func hostileWhole(t *testing.T, w *hostileWorld, archive []byte) {
	path := filepath.Join(w.dir, "converted.tar")
	require.NoError(t, os.WriteFile(path, archive, 0o600))
	verdict, err := backup.Verify(t.Context(), path, nil)
	require.NoError(t, err, "what was made of it is read")
	assert.True(t, verdict.Whole(), "and whole: %+v", verdict.Findings)
}

func hostileSite(t *testing.T, dir string) {
	files := 0
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		require.True(t, d.Type().IsRegular(), "%s is a file", path)
		data, err := os.ReadFile(path)
		hostileAbsent(t, data, path, hostileSecret, hostileOutside, hostileForged, hostilePrivate)
		return err
	}))
	require.NotZero(t, files, "there is a site")
}

func hostileAbsent(t *testing.T, data []byte, where string, canaries ...string) {
	t.Helper()
	for _, canary := range canaries {
		assert.False(t, bytes.Contains(data, []byte(canary)), "%s is in %s", canary, where)
	}
}
