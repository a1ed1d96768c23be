package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Finish implements [portability.Finisher]: it writes the archive of what was put.
// Nothing can be put afterwards; Close removes the work folder.
//
// What fails can be tried again, here or after [Create]: the archive is made anew
// from what was put. Files have their names only when all of them are whole.
func (w *Writer) Finish(ctx context.Context) error {
	w.files.Lock()
	defer w.files.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := errors.Join(ctx.Err(), w.usable()); err != nil {
		return fmt.Errorf("finish archive: %w", err)
	}
	if err := w.finish(ctx); err != nil {
		return fmt.Errorf("finish archive: %w", err)
	}
	return nil
}

func (w *Writer) finish(ctx context.Context) error {
	if err := w.checkKey(); err != nil {
		return err
	}
	if err := w.loadBase(ctx); err != nil {
		return err
	}
	if err := w.recountAudiences(); err != nil {
		return err
	}
	if err := w.assemblyBegins(); err != nil {
		return err
	}
	a := &assembly{w: w, ctx: ctx}
	files, err := a.make()
	if err := errors.Join(err, a.close(0)); err != nil {
		if w.to == "" {
			w.broken = err // part of it is in the stream
		}
		return err
	}
	if w.to != "" {
		if err := w.place(files); err != nil {
			return err
		}
	}
	w.done = true
	return nil
}

// assemblyBegins saves that everything was put. What was sealed before something
// was put is gone then, and so is what an earlier process sealed: it may have been to
// others, and whether it was cannot be told from the outside.
func (w *Writer) assemblyBegins() error {
	if !w.Assembling || !w.seals {
		if err := w.dropSealed(); err != nil {
			return err
		}
	}
	w.seals = true
	w.Assembling = true
	if w.to == "" {
		return nil
	}
	return w.save()
}

// dropSealed removes what an earlier assembly sealed.
func (w *Writer) dropSealed() error {
	names, err := os.ReadDir(w.disk.dir)
	if err != nil {
		return diskError("the work folder", err)
	}
	for _, one := range names {
		if !strings.HasPrefix(one.Name(), sealedPrefix) {
			continue
		}
		if err := w.disk.remove(one.Name(), "the sealed files"); err != nil {
			return err
		}
	}
	return nil
}

// make writes all volumes, and returns the names that they have in the work folder.
func (a *assembly) make() ([]string, error) {
	if err := a.prepare(); err != nil {
		return nil, err
	}
	volumes, err := a.plan()
	if err != nil {
		return nil, err
	}
	b, err := a.binder()
	if err != nil {
		return nil, err
	}
	if a.w.to == "" {
		return nil, b.bind(volumes[0], a.w.out)
	}
	var files []string
	for _, v := range volumes {
		name := "volume-" + strconv.Itoa(v.n)
		if err := b.bindFile(v, name); err != nil {
			return nil, err
		}
		files = append(files, name)
	}
	return files, nil
}

// bindFile writes one volume to a file of the work folder.
func (b *binder) bindFile(v volume, name string) error {
	f, err := b.w.disk.open(name, "the archive", os.O_TRUNC)
	if err != nil {
		return err
	}
	d := &draft{file: f}
	err = b.bind(v, drafting{d})
	return errors.Join(err, f.sync(), f.Close())
}

// place gives the volumes their names. Once begun it is gone through with, even by
// a later writer.
func (w *Writer) place(files []string) error {
	if err := w.free(len(files)); err != nil {
		return err
	}
	w.Placing = true
	if err := w.save(); err != nil {
		return err
	}
	for n, name := range files {
		to := w.to
		if w.options.VolumeBytes > 0 {
			to = volumePath(w.to, n)
		}
		if err := w.disk.rename(name, to, "the archive"); err != nil {
			return err
		}
	}
	// Without its state the folder is nobody's any more; Close removes it.
	return w.disk.remove(stateFile, "the state")
}

// Files lists the files of a finished archive in their order: one, or its volumes.
func Files(path string) ([]string, error) {
	if _, err := os.Lstat(path); err == nil {
		return []string{path}, nil
	}
	var files []string
	for n := 0; ; n++ {
		one := volumePath(path, n)
		_, err := os.Lstat(one)
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("find volumes: %w", err)
		}
		files = append(files, one)
	}
	if files == nil {
		return nil, fmt.Errorf("find volumes: %s: %w", filepath.Base(path), fs.ErrNotExist)
	}
	return files, nil
}
