package afterlife

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
	"iter"
	"os"
	"path/filepath"
	"sort"
	"time"

	"github.com/go-json-experiment/json"

	"codeberg.org/godwit/godwit/vocab"
)

// A Door is a door file that is open. It is safe for concurrent use, and sees nothing
// of one that is built in its place.
type Door struct {
	path     string
	manifest *manifest
	accounts []accountEntry
	byID     map[vocab.IRI]uint32
	byName   map[string]uint32 // user in lower case, "@", host
	hosts    map[string]string // those of the accounts, and their scheme

	index, records, documents *os.File
	fan                       []uint32 // how many keys begin with less than a number
}

// Open opens a door file. What is not one is [ErrNoDoor], [ErrVersion] or
// [ErrDamaged]; the index is checked whole, the rest as it is read, or by
// [Door.Verify]. The caller closes it.
func Open(path string) (*Door, error) {
	d, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("open door file: %s: %w", filepath.Base(path), err)
	}
	return d, nil
}

func open(path string) (*Door, error) {
	m, err := readManifest(path)
	if err != nil {
		return nil, err
	}
	d := &Door{path: filepath.Clean(path), manifest: m, byID: map[vocab.IRI]uint32{}, byName: map[string]uint32{}, hosts: map[string]string{}}
	err = errors.Join(d.readAccounts(), d.openFile(&d.index, m.Index), d.openFile(&d.records, m.Records), d.openFile(&d.documents, m.Documents))
	if err == nil {
		err = d.readIndex()
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// Close frees the files.
func (d *Door) Close() error {
	var errs []error
	for _, f := range []*os.File{d.index, d.records, d.documents} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}

func (d *Door) openFile(to **os.File, f manifestFile) error {
	file, err := os.Open(filepath.Join(d.path, f.Name))
	if err != nil {
		return err
	}
	*to = file
	info, err := file.Stat()
	if err == nil && info.Size() != f.Size {
		err = fmt.Errorf("%s: %w", f.Name, ErrDamaged)
	}
	return err
}

func (d *Door) readAccounts() error {
	data, err := os.ReadFile(filepath.Join(d.path, d.manifest.Accounts.Name))
	if err != nil {
		return err
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != d.manifest.Accounts.SHA256 {
		return fmt.Errorf("%s: %w", d.manifest.Accounts.Name, ErrDamaged)
	}
	if len(data) == 0 {
		return nil
	}
	for _, line := range lines(data) {
		var a accountEntry
		if err := json.Unmarshal(line, &a); err != nil {
			return fmt.Errorf("%s: %w", d.manifest.Accounts.Name, ErrDamaged)
		}
		n := uint32(len(d.accounts))
		d.accounts = append(d.accounts, a)
		d.byID[a.ID] = n
		d.hosts[a.ID.Host()], _, _ = cutScheme(a.ID)
		if first, taken := d.byName[a.name()]; a.name() != "" && (!taken || a.outranks(&d.accounts[first])) {
			d.byName[a.name()] = n
		}
	}
	return nil
}

// readIndex checks the index, and remembers where keys begin.
func (d *Door) readIndex() error {
	h, entry, before := sha256.New(), make([]byte, entrySize), make([]byte, len(key{}))
	r := io.TeeReader(io.NewSectionReader(d.index, 0, d.manifest.Index.Size), h)
	buffered := bufio.NewReaderSize(r, 1<<16)
	d.fan = make([]uint32, 1<<fanBits+1)
	for n := range d.manifest.Entries {
		if _, err := io.ReadFull(buffered, entry); err != nil {
			return fmt.Errorf("%s: %w", d.manifest.Index.Name, ErrDamaged)
		}
		if n > 0 && bytes.Compare(before, entry[:len(before)]) >= 0 {
			return fmt.Errorf("%s: %w", d.manifest.Index.Name, ErrDamaged)
		}
		copy(before, entry)
		d.fan[int(binary.BigEndian.Uint16(entry))+1]++
	}
	for i := 1; i < len(d.fan); i++ {
		d.fan[i] += d.fan[i-1]
	}
	if _, err := buffered.ReadByte(); err != io.EOF || hex.EncodeToString(h.Sum(nil)) != d.manifest.Index.SHA256 {
		return fmt.Errorf("%s: %w", d.manifest.Index.Name, ErrDamaged)
	}
	return nil
}

// Verify reads everything, and compares it with what was written; also every file
// of the accounts. The first that differs is [ErrDamaged].
func (d *Door) Verify(ctx context.Context) error {
	for _, f := range d.manifest.files() {
		if err := errors.Join(ctx.Err(), checkFile(d.path, f)); err != nil {
			return fmt.Errorf("verify door file: %w", err)
		}
	}
	for r, err := range d.all(ctx) {
		if err == nil && r.role == isMedium && r.mediaType != "" {
			err = checkFile(d.path, manifestFile{filepath.Join(mediaFolder, r.digest[:2], r.digest), r.size, r.digest})
		}
		if err != nil {
			return fmt.Errorf("verify door file: %w", err)
		}
	}
	return nil
}

// Created is when it was built.
func (d *Door) Created() time.Time { return d.manifest.Created }

// Accounts yields the ids of the accounts, in the order in which they were given.
func (d *Door) Accounts() iter.Seq[vocab.IRI] {
	return func(yield func(vocab.IRI) bool) {
		for i := range d.accounts {
			if !yield(d.accounts[i].ID) {
				return
			}
		}
	}
}

// Len is how many addresses it answers for.
func (d *Door) Len() int64 { return d.manifest.Entries }

// find returns what stands at an address, or [ErrUnknown]. A query that nothing is
// told of is passed over.
func (d *Door) find(a address) (*record, error) {
	r, err := d.lookUp(a)
	if errors.Is(err, ErrUnknown) && a.query != "" {
		a.query = ""
		return d.lookUp(a)
	}
	return r, err
}

func (d *Door) lookUp(a address) (*record, error) {
	k := a.key()
	first := int(binary.BigEndian.Uint16(k[:]))
	from, to := int64(d.fan[first]), int64(d.fan[first+1])
	if from == to {
		return nil, ErrUnknown
	}
	entries := make([]byte, (to-from)*int64(entrySize))
	if _, err := d.index.ReadAt(entries, from*int64(entrySize)); err != nil {
		return nil, err
	}
	i := sort.Search(int(to-from), func(i int) bool {
		return bytes.Compare(entries[i*entrySize:i*entrySize+len(k)], k[:]) >= 0
	})
	if i == int(to-from) || !bytes.Equal(entries[i*entrySize:i*entrySize+len(k)], k[:]) {
		return nil, ErrUnknown
	}
	r, err := d.recordAt(int64(binary.BigEndian.Uint64(entries[i*entrySize+len(k):])))
	if err == nil && r.address != a {
		return nil, ErrUnknown
	}
	return r, err
}

func (d *Door) recordAt(offset int64) (*record, error) {
	data, err := readFrame(d.records, offset, d.manifest.Records.Size)
	if err != nil {
		return nil, fmt.Errorf("read door file: %w", err)
	}
	return d.parse(data)
}

// parse reads a record, and sees that its accounts are there.
func (d *Door) parse(data []byte) (*record, error) {
	r, err := parseRecord(data)
	if err == nil && !r.isWithin(len(d.accounts)) {
		err = errRecord
	}
	if err != nil {
		return nil, fmt.Errorf("read door file: %w: %w", ErrDamaged, err)
	}
	return r, nil
}

// all yields every record, in no order that means anything.
func (d *Door) all(ctx context.Context) iter.Seq2[*record, error] {
	return func(yield func(*record, error) bool) {
		for offset := int64(0); offset < d.manifest.Records.Size; {
			data, err := readFrame(d.records, offset, d.manifest.Records.Size)
			if err := errors.Join(err, ctx.Err()); err != nil {
				yield(nil, err)
				return
			}
			r, err := d.parse(data)
			if !yield(r, err) || err != nil {
				return
			}
			offset += frameSize + int64(len(data))
		}
	}
}

func (d *Door) document(s span) ([]byte, error) {
	data, err := readFrame(d.documents, s.offset, d.manifest.Documents.Size)
	if err == nil && len(data) != s.length {
		err = ErrDamaged
	}
	if err != nil {
		return nil, fmt.Errorf("read door file: %w", err)
	}
	return data, nil
}

func (d *Door) idOf(account uint32) vocab.IRI { return d.accounts[account].ID }

func (d *Door) medium(r *record) (*os.File, error) {
	return os.OpenInRoot(filepath.Join(d.path, mediaFolder), filepath.Join(r.digest[:2], r.digest))
}
