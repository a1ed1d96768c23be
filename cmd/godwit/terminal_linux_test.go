package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A terminal is both sides of a pseudo-terminal.
type terminal struct {
	person  *os.File // what a person types and sees
	program *os.File // what a program reads and writes
}

// openTerminal skips where there is none to be had, but not in CI.
func openTerminal(t testing.TB) terminal {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil && os.Getenv("GODWIT_CI") == "" {
		t.Skipf("no terminal to try it on: %v", err)
	}
	require.NoError(t, err)
	t.Cleanup(func() { person.Close() })
	raw, err := person.SyscallConn()
	require.NoError(t, err)
	var unlock, number int32
	require.NoError(t, raw.Control(func(fd uintptr) {
		_, _, failed := syscall.Syscall(syscall.SYS_IOCTL, fd, syscall.TIOCSPTLCK, uintptr(unsafe.Pointer(&unlock)))
		assert.Zero(t, failed, "unlock the terminal")
		_, _, failed = syscall.Syscall(syscall.SYS_IOCTL, fd, syscall.TIOCGPTN, uintptr(unsafe.Pointer(&number)))
		assert.Zero(t, failed, "name the terminal")
		size := [4]uint16{30, 100} // rows and columns
		_, _, failed = syscall.Syscall(syscall.SYS_IOCTL, fd, syscall.TIOCSWINSZ, uintptr(unsafe.Pointer(&size)))
		assert.Zero(t, failed, "give the terminal a size")
	}))
	program, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { program.Close() })
	return terminal{person, program}
}

// until reads what is shown up to a text.
func (x terminal) until(t testing.TB, text string) string {
	t.Helper()
	require.NoError(t, x.person.SetReadDeadline(time.Now().Add(time.Minute)))
	var seen bytes.Buffer
	chunk := make([]byte, 4096)
	for !strings.Contains(seen.String(), text) {
		n, err := x.person.Read(chunk)
		require.NoError(t, err, "waiting for %q, saw %q", text, seen.String())
		seen.Write(chunk[:n])
	}
	return seen.String()
}

// A passphrase is asked for, and what is typed is not shown.
func TestPassphraseIsNotShown(t *testing.T) {
	x := openTerminal(t)
	folder := t.TempDir()
	archive, out := filepath.Join(folder, "alice.tar"), filepath.Join(folder, "key.json")
	require.NoError(t, makeSealed(t.Context(), archive, filepath.Join(folder, "me.txt")))
	c := newChild(t, "keys", "unlock", archive, "key/1.json.age", "-out", out)
	c.Stdin, c.Stderr = x.program, x.program
	require.NoError(t, c.Start())
	x.until(t, "Passphrase: ")
	typePassphrase(t, x)
	require.Equal(t, statusDone, statusOf(t, c.Wait()))
	fmt.Fprint(x.program, "the end")
	assert.Equal(t, "\r\nthe end", x.until(t, "the end"), "nothing of the passphrase")
	key, err := os.ReadFile(out)
	require.NoError(t, err)
	assert.Contains(t, string(key), "secretKeyMultibase")
	assert.Empty(t, c.stdout.String())
}

// typePassphrase types the passphrase once the terminal shows nothing of what is typed.
func typePassphrase(t testing.TB, x terminal) {
	t.Helper()
	require.Eventually(t, func() bool { return !echoes(t, x.program) }, time.Minute, time.Millisecond, "what is typed would be shown")
	_, err := x.person.WriteString("open sesame\n")
	require.NoError(t, err)
}

func echoes(t testing.TB, f *os.File) bool {
	var settings syscall.Termios
	raw, err := f.SyscallConn()
	require.NoError(t, err)
	require.NoError(t, raw.Control(func(fd uintptr) {
		_, _, failed := syscall.Syscall(syscall.SYS_IOCTL, fd, syscall.TCGETS, uintptr(unsafe.Pointer(&settings)))
		assert.Zero(t, failed, "ask the terminal")
	}))
	return settings.Lflag&syscall.ECHO != 0
}

// screen is what stands on a terminal after everything was shown: enough of one for
// lines that are written over.
func screen(shown string) string {
	lines, row := []string{""}, 0
	for shown != "" {
		switch {
		case strings.HasPrefix(shown, "\r\n"):
			shown = shown[2:]
			if row++; row == len(lines) {
				lines = append(lines, "")
			}
			continue
		case strings.HasPrefix(shown, "\x1b["):
			end := strings.IndexAny(shown, "AJ")
			if shown[end] == 'A' { // up
				n, _ := strconv.Atoi(shown[2:end])
				row = max(row-n, 0)
			} else { // erase to the end
				lines = append(lines[:row], "")
			}
			shown = shown[end+1:]
			continue
		}
		lines[row] += shown[:1]
		shown = shown[1:]
	}
	return strings.Join(lines, "\n")
}

func TestProgressOnATerminal(t *testing.T) {
	folder := t.TempDir()
	in := filepath.Join(folder, "alice")
	require.NoError(t, writeTakeout(in, manyPosts))
	for _, c := range []struct {
		situation string
		args      []string
		shows     []string
	}{
		{"converting", []string{"convert", in, filepath.Join(folder, "a.tar.gz")}, []string{"content ", "/s"}},
		{"for a machine", []string{"convert", in, filepath.Join(folder, "b.tar.gz"), "-json"}, nil},
	} {
		t.Run(c.situation, func(t *testing.T) {
			x := openTerminal(t)
			child := newChild(t, c.args...)
			child.Stderr = x.program
			seen := make(chan string)
			go func() { seen <- x.until(t, "the end") }()
			require.Equal(t, statusDone, child.status(t))
			fmt.Fprint(x.program, "the end")
			shown := <-seen
			for _, text := range c.shows {
				assert.Contains(t, shown, text)
			}
			if c.shows == nil {
				assert.Equal(t, "the end", shown)
			}
			assert.Equal(t, "the end", screen(shown), "nothing is left of it")
			assert.NotEmpty(t, child.stdout.String())
		})
	}
	t.Run("interrupted", func(t *testing.T) {
		x := openTerminal(t)
		child := newChild(t, "convert", in, filepath.Join(folder, "c.tar.gz"))
		child.Stderr = x.program
		require.NoError(t, child.Start())
		shown := x.until(t, "content ")
		require.NoError(t, child.Process.Signal(os.Interrupt))
		require.Equal(t, statusContinue, statusOf(t, child.Wait()))
		fmt.Fprint(x.program, "the end")
		left := screen(shown + x.until(t, "the end"))
		assert.True(t, strings.HasPrefix(left, "godwit: error: interrupted\ngodwit: hint: run the same command again"), "%q", left)
	})
	t.Run("an archive does not go to a terminal", func(t *testing.T) {
		x := openTerminal(t)
		child := newChild(t, "convert", in, "-", "-to", "fep-6fcd")
		child.Stdout = x.program
		require.Equal(t, statusUsage, child.status(t))
		assert.Contains(t, child.stderr.String(), "an archive is not printed to a terminal: give a file")
		fmt.Fprint(x.program, "the end")
		assert.Equal(t, "the end", x.until(t, "the end"))
	})
}
