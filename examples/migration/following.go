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
	list, err := readHandles(w.options.following)
	if err != nil {
		return err
	}
	w.list = list
	for i := range min(len(list.handles), mostFollowed) {
		w.following = append(w.following, fmt.Sprintf("followed%03d", i))
	}
	return nil
}

// A followingList is what a file names.
type followingList struct {
	handles []webfinger.Handle // each once
	bad     []int              // lines that name no account, from 1
	repeats int                // lines whose account stands before
}

// report says what of the list does not take part.
func (l followingList) report(say func(format string, args ...any)) {
	if len(l.bad) > 0 {
		say("the list has %d lines that name no account, which are skipped: %s", len(l.bad), some(l.bad))
	}
	if l.repeats > 0 {
		say("the list names %d accounts again, which are counted once", l.repeats)
	}
	if len(l.handles) > mostFollowed {
		say("the list has %d accounts; the first %d take part, as each needs keys", len(l.handles), mostFollowed)
	}
}

// some lists at most ten numbers.
func some(lines []int) string {
	text := strings.Trim(fmt.Sprint(lines[:min(len(lines), 10)]), "[]")
	text = "line " + strings.ReplaceAll(text, " ", ", ")
	if len(lines) > 10 {
		text += " and more"
	}
	return text
}

// readHandles reads the first column of a following list, with or without a
// header. A line that names no account is noted and skipped.
func readHandles(file string) (followingList, error) {
	var list followingList
	f, err := os.Open(file)
	if err != nil {
		return list, err
	}
	defer f.Close()
	rows := csv.NewReader(withoutMark(f))
	rows.FieldsPerRecord = -1
	seen := map[string]bool{}
	for first := true; ; first = false {
		row, err := rows.Read()
		broken, isBroken := errors.AsType[*csv.ParseError](err)
		switch {
		case errors.Is(err, io.EOF) && len(list.handles) == 0:
			return list, fmt.Errorf("read %s: it names no account", file)
		case errors.Is(err, io.EOF):
			return list, nil
		case isBroken:
			list.bad = append(list.bad, broken.StartLine)
		case err != nil:
			return list, fmt.Errorf("read %s: %w", file, err)
		case first && !strings.Contains(row[0], "@"): // the header
		default:
			line, _ := rows.FieldPos(0)
			list.take(row[0], line, seen)
		}
	}
}

// take adds the account that a line names.
func (l *followingList) take(text string, line int, seen map[string]bool) {
	handle, err := webfinger.ParseHandle(strings.TrimSpace(text))
	key := strings.ToLower(handle.String())
	switch {
	case err != nil:
		l.bad = append(l.bad, line)
	case seen[key]:
		l.repeats++
	default:
		seen[key] = true
		l.handles = append(l.handles, handle)
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
	list, err := readHandles(file)
	if err != nil {
		return 0, 0, err
	}
	guarded := client.New(nil)
	for _, handle := range list.handles {
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
