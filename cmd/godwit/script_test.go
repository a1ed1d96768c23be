package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		// godwit is the command with the script's own fediverse around it.
		"godwit": func() {
			w := world{transport: fediverse{os.Getenv("WORK")}}
			os.Exit(w.run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
		},
		// godwit-network is the command as it is built.
		"godwit-network": main,
	})
}

// Each script in testdata/script holds the servers that it talks to.
func TestScripts(t *testing.T) {
	scripts, err := filepath.Glob("testdata/script/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, scripts, "there are no scripts to run")
	commands := archiveCommands()
	commands["exits"] = exits
	testscript.Run(t, testscript.Params{Files: scripts, RequireUniqueNames: true, Cmds: commands})
}

// exits runs a command that must end with exactly the status given:
//
//	exits 3 godwit check-move stranger.json
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS COMMAND [ARG...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("run %s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status %d, not %d", got, want)
	}
}
