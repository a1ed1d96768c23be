package backup

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"filippo.io/age"

	"codeberg.org/godwit/godwit/portability"
)

// sealedPrefix begins the names of sealed files in the work folder.
const sealedPrefix = "sealed-"

// sealed makes an encrypted entry. It stays in the work folder while the writer is
// open, for it would be another one if it were made again.
func (a *assembly) sealed(name, file string, to []age.Recipient, fill func(io.Writer) error) (entry, error) {
	if _, err := os.Stat(a.w.disk.path(file)); err != nil {
		if err := a.seal(name, file, to, fill); err != nil {
			return entry{}, err
		}
	}
	f, err := a.w.disk.open(file, "the sealed "+name, 0)
	if err != nil {
		return entry{}, err
	}
	info, err := f.f.Stat()
	if err != nil {
		return entry{}, errors.Join(diskError(f.what, err), f.Close())
	}
	d := &draft{file: f, n: info.Size()}
	d.buf = bufio.NewWriter(drafting{d})
	a.drafts = append(a.drafts, d)
	return d.entry(name)
}

// seal encrypts to a file that has its name only when it is whole.
func (a *assembly) seal(name, file string, to []age.Recipient, fill func(io.Writer) error) error {
	f, err := a.w.disk.open(file+".new", "the sealed "+name, os.O_TRUNC)
	if err != nil {
		return err
	}
	d := &draft{file: f}
	d.buf = bufio.NewWriter(drafting{d})
	err = encrypt(attentive{a.ctx, d}, to, fill)
	if err = errors.Join(err, d.buf.Flush(), f.sync(), f.Close()); err != nil {
		return fmt.Errorf("seal %s: %w", name, err)
	}
	return a.w.disk.rename(file+".new", a.w.disk.path(file), "the sealed "+name)
}

func encrypt(w io.Writer, to []age.Recipient, fill func(io.Writer) error) error {
	e, err := age.Encrypt(w, to...)
	if err != nil {
		return err
	}
	if err := fill(e); err != nil {
		return err
	}
	return e.Close()
}

// inbox is what was received otherwise, sealed to the owner.
func (a *assembly) inbox() ([]entry, error) {
	if len(a.w.options.InboxRecipients) == 0 {
		return nil, nil
	}
	e, err := a.sealed(inboxEntry, sealedPrefix+"inbox", a.w.options.InboxRecipients, func(to io.Writer) error {
		all := a.measured(string(portability.Inbox))
		s, err := a.records(string(portability.Inbox))
		if err != nil {
			return err
		}
		return writeCollection(to, inboxCollection, s, all.items)
	})
	return []entry{e}, err
}

// keys are the private keys that were asked for.
func (a *assembly) keys() ([]entry, error) {
	var all []entry
	if a.w.options.Secrets == nil {
		return nil, nil
	}
	for n, key := range a.w.options.Secrets.Keys {
		e, err := a.sealed(keyEntry(n), fmt.Sprintf("%skey-%d", sealedPrefix, n), a.w.options.Secrets.Recipients,
			func(to io.Writer) error {
				_, err := to.Write(append(key.Value().Raw(), '\n'))
				return err
			})
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}
