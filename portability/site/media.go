package site

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"codeberg.org/godwit/godwit/internal/mediatype"
	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A file is one of the account's, known by its digest. It is in the site only if
// something that is shown uses it.
type file struct {
	Digest    string `json:"digest"` // SHA-256 in hex
	MediaType string `json:"mediaType"`
	Extension string `json:"extension"`
	Shown     string `json:"shown,omitzero"`
	Size      int64  `json:"size"`
}

// Path is where the file stands in the site. What is not shown is in a directory
// of its own, for which web servers are told to offer it as a download.
func (f *file) Path() string {
	if f.Shown == "" {
		return "files/" + f.Digest[:2] + "/" + f.Digest + ".bin"
	}
	return "media/" + f.Digest[:2] + "/" + f.Digest + "." + f.Extension
}

// pack writes a file as it is remembered: digest, size, and its extension.
func (f *file) pack() []byte {
	packed := make([]byte, longestName)
	if _, err := hex.Decode(packed, []byte(f.Digest)); err != nil {
		return packed
	}
	binary.BigEndian.PutUint64(packed[sha256.Size:], uint64(f.Size))
	packed[sha256.Size+8] = byte(slices.IndexFunc(forms, func(one form) bool { return one.extension == f.Extension }))
	return packed
}

func unpack(packed []byte) *file {
	f := &file{Digest: hex.EncodeToString(packed[:sha256.Size]), Size: int64(binary.BigEndian.Uint64(packed[sha256.Size:]))}
	f.is(forms[int(packed[sha256.Size+8])%len(forms)])
	return f
}

func (f *file) is(known form) {
	f.MediaType, f.Extension, f.Shown = known.mediaType, known.extension, known.shown
}

// PutMedia implements [portability.MediaSink]. A file is told by its bytes; what
// no page can show safely becomes a download. Every type and size is taken; the
// file is not held in memory.
func (s *Site) PutMedia(ctx context.Context, m portability.Medium, r io.Reader) (vocab.IRI, error) {
	f, err := s.receive(ctx, m, r)
	if err != nil {
		return "", fmt.Errorf("put file: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.spool == nil {
		return "", fmt.Errorf("put file: %w", ErrFinished)
	}
	for _, k := range []key{digestKey(f.Digest), standKey(m)} {
		if err := s.remember(k, f); err != nil {
			return "", fmt.Errorf("put file: %w", err)
		}
	}
	return vocab.IRI(s.options.BaseURL + f.Path()), nil
}

func digestKey(digest string) key { return keyOf("digest", digest) }

func standKey(m portability.Medium) key { return keyOf("file", m.Path+"\x00"+string(m.URL)) }

func (s *Site) remember(k key, f *file) error {
	packed := f.pack()
	before, there, err := s.spool.names.get(k)
	if err != nil || there && bytes.Equal(before, packed) {
		return err
	}
	line, err := appendLine(nil, head{mark: markMedia, ref: k, end: copied}, f)
	if err != nil {
		return err
	}
	if err := s.spool.write(line); err != nil {
		return err
	}
	return s.spool.names.put(k, packed)
}

// receive reads a file into the working directory, under its digest.
func (s *Site) receive(ctx context.Context, m portability.Medium, r io.Reader) (*file, error) {
	if err := errors.Join(ctx.Err(), s.unfinished()); err != nil {
		return nil, err
	}
	temporary, err := s.fresh()
	if err != nil {
		return nil, err
	}
	f, err := s.fill(temporary, m, &stoppable{ctx, r})
	if err := errors.Join(err, temporary.Close()); err != nil {
		return nil, errors.Join(err, os.Remove(temporary.Name()))
	}
	if err := os.Rename(temporary.Name(), s.kept(f.Digest)); err != nil {
		return nil, errors.Join(err, os.Remove(temporary.Name()))
	}
	return f, nil
}

// fresh makes a file for what comes. Who may read it later may do so from the
// beginning: the directory around it is the owner's alone until then.
func (s *Site) fresh() (*os.File, error) {
	for {
		name := filepath.Join(s.work, "media", "new-"+strconv.FormatInt(s.received.Add(1), 10))
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if !errors.Is(err, os.ErrExist) { // of a process that ended
			return f, err
		}
	}
}

func (s *Site) unfinished() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.spool == nil {
		return ErrFinished
	}
	return nil
}

// kept is where a file is until it is known whether anything uses it.
func (s *Site) kept(digest string) string { return filepath.Join(s.work, "media", digest) }

func (s *Site) fill(w io.Writer, m portability.Medium, r io.Reader) (*file, error) {
	buffered := bufio.NewReaderSize(r, mediatype.Length)
	first, _ := buffered.Peek(mediatype.Length) // what is wrong with reading, the copy meets again
	known := sniff(first)
	digest := sha256.New()
	size, err := io.Copy(io.MultiWriter(w, digest), buffered)
	if err != nil {
		return nil, err
	}
	f := &file{Digest: hex.EncodeToString(digest.Sum(nil)), Size: size}
	f.is(known)
	switch {
	case m.Digest != "" && m.Digest != f.Digest:
		return nil, fmt.Errorf("%w: another digest", portability.ErrBadMedium)
	case m.Size >= 0 && m.Size != size:
		return nil, fmt.Errorf("%w: another size", portability.ErrBadMedium)
	}
	return f, nil
}

// fileOf returns a file that was put, nil if it was not.
func (s *Site) fileOf(m portability.Medium) (*file, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.spool == nil {
		return nil, ErrFinished
	}
	for _, k := range []key{digestKey(m.Digest), standKey(m)} {
		packed, there, err := s.spool.names.get(k)
		if err != nil {
			return nil, err
		}
		if there {
			return unpack(packed), nil
		}
	}
	return nil, nil
}

// stoppable ends when its context does.
type stoppable struct {
	ctx context.Context
	r   io.Reader
}

func (s *stoppable) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(p)
}
