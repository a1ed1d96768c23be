// Package capped runs tests in child processes to which the operating system gives
// no more than 128 MiB for data, so that a test of bounded memory can fail. It is for
// tests alone: [Run] for the cases of a table, [Child] for one.
package capped

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// Bytes is the cap. Address space that nobody touches counts as data: the tables of
// the runtime and of the random generator of crypto, 66 MiB, and the stacks of
// threads, which children have small ones of. Memory that was given back counts too,
// so the collector is told how much there may be; it is at its default otherwise.
const Bytes = 128 << 20

// atOnce is how many children run side by side.
const atOnce = 2

// errNotRun is for a child that lives and ran no such case.
var errNotRun = errors.New("the child ran no such case")

// Run runs each case of a test of the same binary, "test/case", in a child of its
// own, and fails where a child does. It skips where there is no prlimit, and with
// the race detector, which takes more than the cap for itself; with GODWIT_CI set, a
// machine without prlimit fails. Names of cases have neither spaces nor slashes.
func Run(t *testing.T, test string, cases []string) {
	t.Helper()
	needed(t)
	var children sync.WaitGroup
	free := make(chan struct{}, atOnce)
	for _, name := range cases {
		free <- struct{}{}
		children.Go(func() {
			defer func() { <-free }()
			if out, err := Child(t.Context(), test, name); err != nil {
				t.Errorf("%s/%s with %d MiB: %v\n%.3000s", test, name, Bytes>>20, err, out)
			}
		})
	}
	children.Wait()
}

func needed(t *testing.T) {
	t.Helper()
	if raceDetector {
		t.Skip("the race detector alone takes more than the cap")
	}
	if _, err := exec.LookPath("prlimit"); err != nil {
		if os.Getenv("GODWIT_CI") != "" {
			t.Fatal("prlimit is needed")
		}
		t.Skip("prlimit is not on this machine")
	}
}

// Child runs one case of a test under the cap, and returns what it wrote.
func Child(ctx context.Context, test, name string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	pattern := "^" + regexp.QuoteMeta(test) + "$/^" + regexp.QuoteMeta(name) + "$"
	child := exec.CommandContext(ctx, "prlimit", fmt.Sprintf("--data=%d", Bytes), "--stack=262144",
		self, "-test.run", pattern, "-test.v")
	child.Env = append(os.Environ(), "GOMEMLIMIT=40MiB")
	out, err := child.CombinedOutput()
	text := string(out)
	if err == nil && !strings.Contains(text, "--- PASS: "+test+"/"+name+" ") {
		err = errNotRun
	}
	return text, err
}
