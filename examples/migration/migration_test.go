package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func hurried(dir string) []string {
	return []string{"-dir", dir, "-outage", "1s", "-hurry", "-json"}
}

func TestMigration(t *testing.T) {
	t.Parallel() // most of it is waiting
	file := filepath.Join(t.TempDir(), "following.csv")
	list := "Account address,Show boosts,Notify on new posts,Languages\nann@example.org,true,false,\nbob@example.net,true,false,\n"
	require.NoError(t, os.WriteFile(file, []byte(list), 0o600))
	var stdout, stderr bytes.Buffer
	status := run(t.Context(), append(hurried(t.TempDir()), "-following", file), &stdout, &stderr)
	require.Zero(t, status, "exit status; it said:\n%s\n%s", &stdout, &stderr)
	var r results
	require.NoError(t, json.Unmarshal(stdout.Bytes(), &r), "the results are JSON alone")
	assert.Equal(t, 56, r.Moved)
	assert.Equal(t, 2, r.Pending)
	assert.Equal(t, map[string]int{"blocked": 1, "rejected": 1}, r.Kept)
	assert.Contains(t, stdout.String(), `"2 ⊆ 2"`, "the following list was taken along")
}

func TestFollowingLists(t *testing.T) {
	for what, c := range map[string]struct {
		text     string
		accounts int
		says     []string
	}{
		"a plain one":                    {"Account address\nann@example.org\nbob@example.net\n", 2, nil},
		"a line that names nobody":       {"ann@example.org\nbob\n\nbob@example.net\n", 2, []string{"1 lines that name no account, which are skipped: line 2"}},
		"a line with a stray quote":      {"ann@example.org\nb\"ob@example.net\neve@example.org\n", 2, []string{"skipped: line 2"}},
		"an account in two ways":         {"ann@example.org\nANN@Example.ORG\n@ann@example.org\n", 1, []string{"names 2 accounts again, which are counted once"}},
		"more bad lines than are listed": {"a@b.example\n" + strings.Repeat("x\n", 12), 1, []string{"12 lines", "line 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and more"}},
	} {
		file := filepath.Join(t.TempDir(), "following.csv")
		require.NoError(t, os.WriteFile(file, []byte(c.text), 0o600))
		list, err := readHandles(file)
		require.NoError(t, err, what)
		assert.Len(t, list.handles, c.accounts, what)
		var said strings.Builder
		list.report(func(format string, args ...any) { fmt.Fprintf(&said, format+"\n", args...) })
		for _, want := range c.says {
			assert.Contains(t, said.String(), want, what)
		}
		if c.says == nil {
			assert.Empty(t, said.String(), what)
		}
	}
	file := filepath.Join(t.TempDir(), "nobody.csv")
	require.NoError(t, os.WriteFile(file, []byte("Account address\nnobody\n"), 0o600))
	_, err := readHandles(file)
	assert.ErrorContains(t, err, "names no account")
}

// The wait for a lease is told once, and only when nothing moves.
func TestStillnessIsToldOnce(t *testing.T) {
	start := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	s := stillness{patience: 3 * time.Second}
	assert.False(t, s.over(counts{moved: 1}, start))
	assert.False(t, s.over(counts{moved: 2}, start.Add(4*time.Second)), "something moved")
	assert.False(t, s.over(counts{moved: 2}, start.Add(6*time.Second)))
	assert.True(t, s.over(counts{moved: 2}, start.Add(7*time.Second)), "three seconds of nothing")
	assert.False(t, s.over(counts{moved: 2}, start.Add(20*time.Second)), "it was told")
}

func TestUsage(t *testing.T) {
	var stdout, stderr bytes.Buffer
	assert.Equal(t, 2, run(t.Context(), []string{"surplus"}, &stdout, &stderr))
	assert.Contains(t, stderr.String(), "surplus")
	assert.Equal(t, 0, run(t.Context(), []string{"-h"}, &stdout, &stderr), "help is no failure")
	assert.Contains(t, stderr.String(), "exit status: 0 every", "help lists the exit statuses")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.Equal(t, 4, run(ctx, hurried(t.TempDir()), &stdout, &stderr), "interrupted")
	assert.Contains(t, stderr.String(), "start it again with -dir")
}

// Real following lists, of every age and dialect at hand.
func TestRealFollowingListsAreRead(t *testing.T) {
	samples := filepath.Join("..", "..", "..", "shared", "samples", "csv")
	if _, err := os.Stat(samples); err != nil {
		require.Empty(t, os.Getenv("GODWIT_CI"), "CI has the samples")
		t.Skip("the samples are not here")
	}
	for file, want := range map[string]string{
		"mastodon-2017-headerless/following_accounts.csv": "without a header",
		"mastodon-4-columns/following_accounts.csv":       "with four columns",
		"gotosocial/exports/following.csv":                "of GoToSocial, with ports",
	} {
		list, err := readHandles(filepath.Join(samples, file))
		require.NoError(t, err, "a list %s", want)
		assert.NotEmpty(t, list.handles, "a list %s", want)
		assert.Empty(t, list.bad, "a list %s", want)
	}
}
