package main

import (
	"context"
	"fmt"
	"runtime/debug"
)

func versionCommand() command {
	return command{
		name:    "version",
		args:    "[-json]",
		summary: "print the version of godwit, and of the Go that built it",
		about: `
A build from a working tree is "(devel)", or what its version control says; the
commit is shown where the build knows it.`,
		examples: []string{"godwit version -json"},
		run:      version,
	}
}

// A build is what version prints.
type build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Modified bool   `json:"modified,omitzero"` // built from files that are not those of the commit
	Go       string `json:"go"`
}

func version(_ context.Context, c *call) error {
	flags := c.flags()
	c.jsonFlag(flags)
	if _, err := c.parse(flags, 0, 0); err != nil {
		return err
	}
	info, known := debug.ReadBuildInfo()
	if !known {
		return fmt.Errorf("the build carries no version")
	}
	b := buildOf(info)
	if c.json {
		return c.printJSON(b)
	}
	fmt.Fprintf(c.stdout, "godwit %s %s\n", b.Version, b.Go)
	if b.Commit != "" {
		fmt.Fprintf(c.stdout, "commit %s\n", b.Commit)
	}
	if b.Modified {
		fmt.Fprintln(c.stdout, "with changes that are not committed")
	}
	return nil
}

func buildOf(info *debug.BuildInfo) build {
	b := build{Version: info.Main.Version, Go: info.GoVersion}
	if b.Version == "" {
		b.Version = "(devel)"
	}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			b.Commit = setting.Value
		case "vcs.modified":
			b.Modified = setting.Value == "true"
		}
	}
	return b
}
