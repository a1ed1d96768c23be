package closing_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/portability/closing"
	"codeberg.org/godwit/godwit/vocab"
)

// town is a server with so many accounts; every third person has chosen where to go.
type town struct {
	size  int
	moved map[string]vocab.IRI // who has chosen since
}

func (town) name(i int) string { return fmt.Sprintf("person%05d", i) }

func (s town) account(i int) closing.Account {
	a := closing.Account{Name: s.name(i), ID: vocab.IRI("https://old.example/users/" + s.name(i))}
	if i%3 == 0 {
		a.New = vocab.IRI("https://new.example/users/" + a.Name)
	}
	if chosen, ok := s.moved[a.Name]; ok {
		a.New = chosen
	}
	return a
}

func (s town) Accounts(ctx context.Context, after string) iter.Seq2[closing.Account, error] {
	return func(yield func(closing.Account, error) bool) {
		for i := range s.size {
			if a := s.account(i); a.Name > after && !yield(a, ctx.Err()) {
				return
			}
		}
	}
}

func (s town) Open(ctx context.Context, name string) (portability.Source, error) {
	m := portability.NewMemory(nil)
	id := "https://old.example/users/" + name
	for kind, ref := range map[portability.Kind]string{portability.Actor: id, portability.Content: id + "/1"} {
		o, err := vocab.Build(vocab.Member{Name: vocab.ID, Value: ref})
		if err != nil {
			return nil, err
		}
		if _, err := m.Put(ctx, []portability.Item{{Ref: portability.Ref{Kind: kind, ID: ref}, Object: o}}); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// hands do the steps, in a folder, and note how often each was done.
type hands struct {
	dir  string
	fail func(a closing.Account, t closing.Task) error

	mu    sync.Mutex
	tasks map[string]int
	doors int
	in    int                  // accounts in the last door
	leads map[string]vocab.IRI // where it leads
}

func (h *hands) did(a closing.Account, t closing.Task) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fail != nil {
		if err := h.fail(a, t); err != nil {
			return err
		}
	}
	h.tasks[a.Name+" "+string(t)+" "+string(a.New)]++
	return os.WriteFile(filepath.Join(h.dir, a.Name+"."+string(t)), []byte(a.New), 0o600)
}

func (h *hands) steps() closing.Steps {
	h.tasks = map[string]int{}
	return closing.Steps{
		Export: func(ctx context.Context, a closing.Account, from portability.Source) (closing.Exported, error) {
			to := portability.NewMemory(nil)
			report, err := portability.Copy(ctx, from, to, nil)
			if err != nil {
				return closing.Exported{}, err
			}
			n := report.Count(portability.Content) + report.Count(portability.Actor)
			return closing.Exported{Path: a.Name + ".tar", Bytes: 10, Items: n}, h.did(a, closing.Export)
		},
		Tell: func(_ context.Context, a closing.Account, l closing.Letter) error {
			if l.Export != a.Name+".tar" || l.New != a.New {
				return errors.New("the letter does not say where the export is")
			}
			return h.did(a, closing.Tell)
		},
		Map:  func(_ context.Context, a closing.Account) error { return h.did(a, closing.Map) },
		Move: func(_ context.Context, a closing.Account) error { return h.did(a, closing.Move) },
		Door: func(_ context.Context, accounts iter.Seq2[closing.Done, error]) error {
			h.doors++
			h.in, h.leads = 0, map[string]vocab.IRI{}
			for done, err := range accounts {
				if err != nil {
					return err
				}
				if done.Exported.Path == "" || done.Exported.Items != 2 {
					return fmt.Errorf("%s has no export", done.Name)
				}
				h.in++
				if done.Mapped {
					h.leads[done.Name] = done.New
				}
			}
			return os.WriteFile(filepath.Join(h.dir, "built"), fmt.Append(nil, h.in), 0o600)
		},
	}
}

func open(t *testing.T, dir string, server closing.Server, h *hands, o *closing.Options) *closing.Job {
	t.Helper()
	h.dir = dir
	job, err := closing.Open(filepath.Join(dir, "job.jsonl"), server, h.steps(), o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = job.Close() })
	return job
}

func TestClosingDoesEveryTaskOfEveryAccountOnce(t *testing.T) {
	h := &hands{}
	job := open(t, t.TempDir(), town{size: 60}, h, nil)
	report, err := job.Run(t.Context())
	require.NoError(t, err)
	assert.Equal(t, closing.Report{Accounts: 60, Whole: 60, Undecided: 40, Failed: map[closing.Task]int{}, Door: true}, report)
	assert.Len(t, h.tasks, 60*2+20*2, "everybody is exported and told; who has chosen is mapped and moved")
	for task, n := range h.tasks {
		assert.Equal(t, 1, n, "%s", task)
	}
	assert.Equal(t, 60, h.in)

	again, err := job.Run(t.Context())
	require.NoError(t, err)
	assert.False(t, again.Door, "nothing is new")
	assert.Equal(t, 1, h.doors)
}

func TestClosingGoesOnWhenSomebodyHasChosen(t *testing.T) {
	h := &hands{}
	dir := t.TempDir()
	server := town{size: 9, moved: map[string]vocab.IRI{}}
	job := open(t, dir, server, h, nil)
	_, err := job.Run(t.Context())
	require.NoError(t, err)
	var undecided []string
	for a, err := range job.Undecided(t.Context()) {
		require.NoError(t, err)
		undecided = append(undecided, a.Name)
	}
	assert.Equal(t, []string{"person00001", "person00002", "person00004", "person00005", "person00007", "person00008"}, undecided)

	server.moved["person00004"] = "https://elsewhere.example/users/four"
	server.moved["person00003"] = "https://elsewhere.example/users/three" // chose anew
	clear(h.tasks)
	report, err := job.Run(t.Context())
	require.NoError(t, err)
	assert.True(t, report.Door, "the door leads elsewhere now")
	assert.Equal(t, map[string]int{
		"person00003 tell https://elsewhere.example/users/three": 1,
		"person00003 map https://elsewhere.example/users/three":  1,
		"person00003 move https://elsewhere.example/users/three": 1,
		"person00004 tell https://elsewhere.example/users/four":  1,
		"person00004 map https://elsewhere.example/users/four":   1,
		"person00004 move https://elsewhere.example/users/four":  1,
	}, h.tasks, "what is exported is not exported again")
}

func TestClosingDoorFollowsEveryChoice(t *testing.T) {
	h, dir := &hands{}, t.TempDir()
	server := town{size: 6, moved: map[string]vocab.IRI{}}
	job := open(t, dir, server, h, nil)
	const first, other, third vocab.IRI = "https://new.example/users/person00003", "https://other.example/users/three", "https://third.example/users/three"
	refused := false
	h.fail = func(a closing.Account, task closing.Task) error {
		if refused = a.New == third && task == closing.Map; refused {
			return errors.New("it does not claim the old account")
		}
		return nil
	}
	for i, now := range []struct {
		name        string
		chosen, led vocab.IRI
		built       bool
	}{
		{"a choice", first, first, true},
		{"the same again", first, first, false},
		{"another choice", other, other, true},
		{"the choice is withdrawn", "", "", true},
		{"nothing is chosen still", "", "", false},
		{"what was chosen before it was withdrawn", other, other, true},
		{"the first choice again", first, first, true},
		{"a place that cannot be mapped", third, "", true},
		{"and the first once more", first, first, true},
	} {
		server.moved["person00003"] = now.chosen
		doors := h.doors
		if i%2 == 1 { // as another process
			require.NoError(t, job.Close())
			job = open(t, dir, server, h, nil)
		}
		report, err := job.Run(t.Context())
		require.NoError(t, err, now.name)
		assert.Equal(t, now.built, report.Door, now.name)
		assert.Equal(t, now.built, h.doors > doors, now.name)
		assert.Equal(t, now.led, h.leads["person00003"], "%s: where the door leads", now.name)
		assert.EqualValues(t, "https://new.example/users/person00000", h.leads["person00000"], "%s: nobody else is led elsewhere", now.name)
	}
}

// Where nothing is mapped, what people choose is news for the door file as well.
func TestClosingDoorFollowsChoicesThatAreNotMapped(t *testing.T) {
	h, dir := &hands{}, t.TempDir()
	h.dir = dir
	server := town{size: 3, moved: map[string]vocab.IRI{}}
	steps := h.steps()
	steps.Map = nil
	job, err := closing.Open(filepath.Join(dir, "job.jsonl"), server, steps, nil)
	require.NoError(t, err)
	defer job.Close()
	for i, chosen := range []vocab.IRI{"", "https://new.example/users/one", "https://other.example/users/one", ""} {
		server.moved[town{}.name(1)] = chosen
		_, err = job.Run(t.Context())
		require.NoError(t, err)
		assert.Equal(t, i+1, h.doors, "it is built anew for %q", chosen)
	}
}

// What is chosen while the door file is being built is in the next one.
func TestClosingDoorMissesNoChoiceThatIsMadeMeanwhile(t *testing.T) {
	h, dir := &hands{}, t.TempDir()
	h.dir = dir
	server := town{size: 3, moved: map[string]vocab.IRI{}}
	steps := h.steps()
	steps.Map = nil
	build := steps.Door
	steps.Door = func(ctx context.Context, accounts iter.Seq2[closing.Done, error]) error {
		err := build(ctx, accounts)
		server.moved[town{}.name(2)] = "https://new.example/users/two"
		return err
	}
	job, err := closing.Open(filepath.Join(dir, "job.jsonl"), server, steps, nil)
	require.NoError(t, err)
	defer job.Close()
	for run, want := range []bool{true, true, false} {
		report, err := job.Run(t.Context())
		require.NoError(t, err)
		assert.Equal(t, want, report.Door, "run %d", run)
	}
}

func TestClosingOneAccountThatFailsDoesNotStopTheOthers(t *testing.T) {
	h := &hands{fail: func(a closing.Account, task closing.Task) error {
		if a.Name == "person00003" && task == closing.Export {
			return errors.New("the disk of one shard is gone")
		}
		return nil
	}}
	var heard []string
	job := open(t, t.TempDir(), town{size: 6}, h, &closing.Options{Progress: func(a closing.Account, task closing.Task, err error) {
		if err != nil {
			heard = append(heard, a.Name+" "+string(task))
		}
	}})
	report, err := job.Run(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 5, report.Whole)
	assert.Equal(t, map[closing.Task]int{closing.Export: 1}, report.Failed)
	assert.Equal(t, []string{"person00003 export"}, heard)
	assert.Equal(t, 5, h.in, "the door is built of what there is")
	for s, err := range job.Status(t.Context()) {
		require.NoError(t, err)
		if s.Name != "person00003" {
			assert.Empty(t, s.Due, "%s", s.Name)
			continue
		}
		assert.Equal(t, []closing.Task{closing.Export, closing.Tell, closing.Map, closing.Move}, s.Due, "nobody is told of an export that is not there")
		assert.Contains(t, s.Trouble, "shard")
	}
	h.fail = nil
	report, err = job.Run(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 6, report.Whole)
	assert.Equal(t, 6, h.in)
}

func TestClosingIsStoppedAtEveryTask(t *testing.T) {
	var want map[string]int
	for stop := 0; ; stop++ {
		h, dir := &hands{}, t.TempDir()
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		h.fail = func(closing.Account, closing.Task) error {
			if n++; n == stop {
				cancel()
				return ctx.Err()
			}
			return nil
		}
		job := open(t, dir, town{size: 5}, h, &closing.Options{Workers: 1})
		_, err := job.Run(ctx)
		cancel()
		require.NoError(t, job.Close())
		if want == nil {
			require.NoError(t, err)
			want = maps.Clone(h.tasks)
			continue
		}
		if err == nil {
			require.Greater(t, stop, len(want), "every task was stopped at")
			return
		}
		first := maps.Clone(h.tasks)
		h.fail = nil
		job = open(t, dir, town{size: 5}, h, nil)
		_, err = job.Run(t.Context())
		require.NoError(t, err)
		for task, n := range h.tasks {
			first[task] += n
		}
		require.Equal(t, want, first, "stopped at task %d", stop)
	}
}

func TestClosingFileIsCutOffOrForeign(t *testing.T) {
	h, dir := &hands{}, t.TempDir()
	job := open(t, dir, town{size: 3}, h, nil)
	_, err := job.Run(t.Context())
	require.NoError(t, err)
	_, err = closing.Open(filepath.Join(dir, "job.jsonl"), town{size: 3}, closing.Steps{}, nil)
	require.ErrorIs(t, err, closing.ErrInUse, "two processes at one job")
	require.NoError(t, job.Close())

	file := filepath.Join(dir, "job.jsonl")
	whole, err := os.ReadFile(file)
	require.NoError(t, err)
	for cut := range whole {
		require.NoError(t, os.WriteFile(file, whole[:cut], 0o600))
		job, err := closing.Open(file, town{size: 3}, (&hands{dir: dir}).steps(), nil)
		require.NoError(t, err, "cut off at byte %d", cut)
		report, err := job.Run(t.Context())
		require.NoError(t, err, "cut off at byte %d", cut)
		require.Equal(t, 3, report.Whole)
		require.NoError(t, job.Close())
	}
	for _, foreign := range []string{"groceries\n", "groceries"} {
		require.NoError(t, os.WriteFile(file, []byte(foreign), 0o600))
		_, err = closing.Open(file, town{}, closing.Steps{}, nil)
		require.ErrorContains(t, err, "not the file of a closing job")
		left, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Equal(t, foreign, string(left), "what is not ours is left as it is")
	}
}

func TestClosingIsEstimatedBeforehand(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	h := &hands{}
	job := open(t, t.TempDir(), town{size: 120}, h, &closing.Options{Now: func() time.Time { now = now.Add(time.Second); return now }})
	e, err := job.Estimate(t.Context())
	require.NoError(t, err)
	one := int64(len(`{"id":"https://old.example/users/person00001"}`) + len(`{"id":"https://old.example/users/person00001/1"}`))
	assert.Equal(t, closing.Estimate{Accounts: 120, Undecided: 80, Bytes: 120 * one, Time: 120 * time.Second, Sampled: 20}, e)
	assert.Empty(t, h.tasks, "an estimate does nothing")
	_, err = job.Run(t.Context())
	require.NoError(t, err)
	e, err = job.Estimate(t.Context())
	require.NoError(t, err)
	assert.Equal(t, closing.Estimate{Accounts: 120, Undecided: 80, Exported: 120}, e)
}

// TestClosingTwelveThousandKilled closes a town in child processes that are killed,
// again and again, until one comes to the end.
func TestClosingTwelveThousandKilled(t *testing.T) {
	if dir := os.Getenv("GODWIT_TEST_CLOSING"); dir != "" {
		h := &hands{}
		job := open(t, dir, town{size: 12000}, h, nil)
		report, err := job.Run(t.Context())
		require.NoError(t, err)
		require.Equal(t, 12000, report.Whole)
		return
	}
	if testing.Short() {
		t.Skip("twelve thousand accounts take a while")
	}
	dir := t.TempDir()
	kills, before := 0, 0
	for {
		child := exec.Command(os.Args[0], "-test.run=^TestClosingTwelveThousandKilled$", "-test.count=1")
		child.Env = append(os.Environ(), "GODWIT_TEST_CLOSING="+dir)
		out := &bytes.Buffer{}
		child.Stdout, child.Stderr = out, out
		require.NoError(t, child.Start())
		done := make(chan error, 1)
		go func() { done <- child.Wait() }()
		if kills < 8 && wait(t, dir, before+4000, done) {
			require.NoError(t, child.Process.Kill())
			<-done
			kills++
			before = lines(t, dir)
			continue
		}
		require.NoError(t, <-done, "%s", out)
		break
	}
	assert.GreaterOrEqual(t, kills, 5)
	built, err := os.ReadFile(filepath.Join(dir, "built"))
	require.NoError(t, err)
	assert.Equal(t, "12000", string(built), "all are in the door")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	counts := map[string]int{}
	for _, e := range entries {
		counts[filepath.Ext(e.Name())]++
	}
	assert.Equal(t, 12000, counts[".export"])
	assert.Equal(t, 12000, counts[".tell"])
	assert.Equal(t, 4000, counts[".map"])
	assert.Equal(t, 4000, counts[".move"])
}

// wait waits until the job's file has so many lines, and reports false if the child
// ended before.
func wait(t *testing.T, dir string, n int, done chan error) bool {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for lines(t, dir) < n {
		select {
		case err := <-done:
			done <- err
			return false
		case <-tick.C:
		}
	}
	return true
}

func lines(t *testing.T, dir string) int {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "job.jsonl"))
	if errors.Is(err, os.ErrNotExist) {
		return 0
	}
	require.NoError(t, err)
	return strings.Count(string(data), "\n")
}
