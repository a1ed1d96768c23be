package main

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"codeberg.org/godwit/godwit/backup"
)

// A target is a format to write.
type target struct {
	name        string
	takeout     bool
	container   backup.TakeoutFormat
	compression backup.Compression
}

func targets() []target {
	return []target{
		{name: "fep-6fcd", compression: backup.None},
		{name: "fep-6fcd.gz", compression: backup.Gzip},
		{name: "fep-6fcd.zst", compression: backup.Zstd},
		{name: "mastodon", takeout: true, container: backup.TakeoutZip},
		{name: "mastodon.tar.gz", takeout: true, container: backup.TakeoutTarGz},
	}
}

func targetNames() []string {
	var names []string
	for _, t := range targets() {
		names = append(names, t.name)
	}
	return names
}

// targetFor finds the target by its name, or by the ending of the file. With the
// bare name of a format the ending says the compression.
func targetFor(name, file string) (target, error) {
	ending := targetOfEnding(strings.ToLower(path.Base(file)))
	switch {
	case name == "" && ending == "":
		return target{}, errors.New("the name of OUT says no format: give one with -to")
	case name == "", name == "fep-6fcd" && strings.HasPrefix(ending, name):
		name = ending
	case name == "mastodon" && ending == "fep-6fcd.gz":
		name = "mastodon.tar.gz"
	}
	for _, t := range targets() {
		if t.name == name {
			return t, nil
		}
	}
	return target{}, fmt.Errorf("there is no format %q: there are %s", name, strings.Join(targetNames(), ", "))
}

// targetOfEnding is "" if the name says nothing.
func targetOfEnding(name string) string {
	for _, e := range []struct{ ending, target string }{
		{".tar.gz", "fep-6fcd.gz"}, {".tgz", "fep-6fcd.gz"}, {".tar.zst", "fep-6fcd.zst"}, {".tar", "fep-6fcd"}, {".zip", "mastodon"},
	} {
		if strings.HasSuffix(name, e.ending) {
			return e.target
		}
	}
	return ""
}
