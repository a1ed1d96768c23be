package closing

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"codeberg.org/godwit/godwit/internal/scratch"
	"codeberg.org/godwit/godwit/vocab"
)

// ErrInUse says that another process has the job.
var ErrInUse = scratch.ErrInUse

// doorBuilt is what the log says when the door file was built.
const doorBuilt Task = "door"

// version is the first line of the file.
const version = `{"godwit":"closing","version":1}`

// A record is one line of the job's file: that a task ended. A line that a crash has
// cut off is no record: the task is done again.
type record struct {
	Account  string    `json:"account,omitempty"`
	Task     Task      `json:"task"`
	New      vocab.IRI `json:"new,omitempty"`
	At       time.Time `json:"at"`
	Exported Exported  `json:"exported,omitzero"`
	Trouble  string    `json:"trouble,omitempty"`
	Door     string    `json:"door,omitempty"` // a sum of what the door file was built of
}

// A log is what is done, on disk and in memory: some 300 bytes for each account.
type log struct {
	file *os.File
	lock io.Closer

	mu     sync.Mutex
	states map[string]*state
	door   string // the sum of what it was last built of
	loose  int    // lines that a power cut would take
}

// batch is how many lines are written between two waits for the disk. A process that
// is killed loses none of them; a machine that loses power does these tasks again.
const batch = 64

// state is what is known of one account.
type state struct {
	done     map[Task]vocab.IRI // and for which choice
	exported Exported
	trouble  string
}

func openLog(path string) (*log, error) {
	lock, err := scratch.Lock(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	l := &log{lock: lock, states: map[string]*state{}}
	if l.file, err = os.OpenFile(filepath.Clean(path), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	if err := l.read(); err != nil {
		return nil, errors.Join(err, l.close())
	}
	return l, nil
}

// read takes in what is there, and cuts off what a crash left of a line.
func (l *log) read() error {
	lines := bufio.NewReader(l.file)
	var whole int64
	for n := 0; ; n++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) && n == 0 && !strings.HasPrefix(version, string(line)) {
			return errForeign
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := l.line(n, bytes.TrimSpace(line)); err != nil {
			return fmt.Errorf("%s: line %d: %w", filepath.Base(l.file.Name()), n+1, err)
		}
		whole += int64(len(line))
	}
	if err := l.file.Truncate(whole); err != nil {
		return err
	}
	if _, err := l.file.Seek(whole, io.SeekStart); err != nil || whole > 0 {
		return err
	}
	return l.write([]byte(version))
}

var errForeign = errors.New("it is not the file of a closing job of this version")

func (l *log) line(n int, line []byte) error {
	if n == 0 {
		if string(line) != version {
			return errForeign
		}
		return nil
	}
	var r record
	if err := json.Unmarshal(line, &r); err != nil {
		return err
	}
	l.take(r)
	return nil
}

func (l *log) take(r record) {
	if r.Task == doorBuilt {
		l.door = r.Door
		return
	}
	s := l.states[r.Account]
	if s == nil {
		s = &state{done: map[Task]vocab.IRI{}}
		l.states[r.Account] = s
	}
	if s.trouble = r.Trouble; r.Trouble != "" {
		return
	}
	s.done[r.Task] = r.Task.after(r.New)
	if r.Task == Export {
		s.exported = r.Exported
	}
}

// append stores a record before it counts.
func (l *log) append(r record) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.write(line); err != nil {
		return fmt.Errorf("note %s: %w", r.Task, err)
	}
	l.take(r)
	return nil
}

// write adds a line, whole or not at all: what a full disk took of it is cut off.
func (l *log) write(line []byte) error {
	end, err := l.file.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	_, err = l.file.Write(append(line, '\n'))
	if l.loose++; err == nil && l.loose >= batch {
		err = l.sync()
	}
	if err == nil {
		return nil
	}
	_, back := l.file.Seek(end, io.SeekStart)
	return errors.Join(err, l.file.Truncate(end), back)
}

// sync waits until everything is on the disk.
func (l *log) sync() error {
	l.loose = 0
	return l.file.Sync()
}

// settle is sync for those who do not have the lock.
func (l *log) settle() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sync()
}

func (l *log) close() error { return errors.Join(l.settle(), l.file.Close(), l.lock.Close()) }

// has reports whether a task is done, for what the person has chosen now.
func (l *log) has(a Account, t Task) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.states[a.Name]
	if s == nil {
		return false
	}
	choice, ok := s.done[t]
	return ok && choice == t.after(a.New)
}

func (l *log) exported(name string) Exported {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.states[name]; s != nil {
		return s.exported
	}
	return Exported{}
}

func (l *log) trouble(name string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.states[name]; s != nil {
		return s.trouble
	}
	return ""
}

// doorOf is the sum of what the door file was last built of, "" if it never was.
func (l *log) doorOf() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.door
}
