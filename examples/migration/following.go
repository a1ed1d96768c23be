package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/webfinger"
)

// mostFollowed is how many accounts of a list are played here: each needs a key.
const mostFollowed = 40

// readFollowing decides whom the account follows: the list that was given, or a
// few names. On the run's own servers they get the names of their rows.
func (w *world) readFollowing() error {
	if w.options.following == "" {
		w.following = []string{"poet", "baker", "astronomer"}
		return nil
	}
	handles, err := readHandles(w.options.following)
	if err != nil {
		return err
	}
	w.listed = len(handles)
	for i := range min(len(handles), mostFollowed) {
		w.following = append(w.following, fmt.Sprintf("followed%03d", i))
	}
	return nil
}

// readHandles reads the first column of a following list, with or without a
// header.
func readHandles(file string) ([]webfinger.Handle, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows := csv.NewReader(withoutMark(f))
	rows.FieldsPerRecord = -1
	var handles []webfinger.Handle
	for line := 1; ; line++ {
		row, err := rows.Read()
		switch {
		case errors.Is(err, io.EOF) && len(handles) == 0:
			return nil, fmt.Errorf("read %s: it names no account", file)
		case errors.Is(err, io.EOF):
			return handles, nil
		case err != nil:
			return nil, fmt.Errorf("read %s: %w", file, err)
		case line == 1 && !strings.Contains(row[0], "@"):
			continue
		}
		handle, err := webfinger.ParseHandle(row[0])
		if err != nil {
			return nil, fmt.Errorf("read %s: line %d: %w", file, line, err)
		}
		handles = append(handles, handle)
	}
}

// withoutMark reads past the byte order mark that some editors put in front.
func withoutMark(r io.Reader) io.Reader {
	buffered := bufio.NewReader(r)
	if mark, err := buffered.Peek(3); err == nil && string(mark) == "\ufeff" {
		_, _ = buffered.Discard(3)
	}
	return buffered
}

// lookUp asks the real servers for the accounts of the list. Nobody is followed.
func lookUp(ctx context.Context, file string) (found, missing int, err error) {
	handles, err := readHandles(file)
	if err != nil {
		return 0, 0, err
	}
	guarded := client.New(nil)
	for _, handle := range handles {
		if _, err := webfinger.Lookup(ctx, guarded, handle.String(), nil); err != nil {
			missing++
		} else {
			found++
		}
		if ctx.Err() != nil {
			return found, missing, ctx.Err()
		}
	}
	return found, missing, nil
}
