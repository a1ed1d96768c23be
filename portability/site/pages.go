package site

import (
	"bytes"
	"embed"
	"errors"
	"html/template"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

//go:embed templates/*.html
var templates embed.FS

//go:embed static
var static embed.FS

// pages writes files into the site, some at once. Two never write the same.
type pages struct {
	site     *Site
	top      string
	template *template.Template
	group    *errgroup.Group
	written  atomic.Int64
	menu     menu
	buffers  sync.Pool
	frames   sync.Map // of frame, by frameKey
}

func newPages(s *Site, top string) (*pages, error) {
	parsed, err := template.ParseFS(templates, "templates/*.html")
	if err != nil {
		return nil, err
	}
	p := &pages{site: s, top: top, template: parsed, group: newGroup()}
	p.buffers.New = func() any { return new(bytes.Buffer) }
	return p, nil
}

func newGroup() *errgroup.Group {
	group := &errgroup.Group{}
	group.SetLimit(runtime.GOMAXPROCS(0))
	return group
}

// later does something beside what goes on; it waits while enough is being done.
// What goes wrong, wait tells.
func (p *pages) later(f func() error) { p.group.Go(f) }

func (p *pages) wait() error {
	err := p.group.Wait()
	p.group = newGroup()
	return err
}

// render writes a page from a template. What stands around it is the same for
// all pages of one depth and one entry of the menu, and rendered once.
func (p *pages) render(path, name string, data page) error {
	f, err := p.frame(data)
	if err != nil {
		return err
	}
	buffer := p.buffers.Get().(*bytes.Buffer)
	defer p.buffers.Put(buffer)
	buffer.Reset()
	buffer.Write(f.start)
	err = p.template.ExecuteTemplate(buffer, "title", data)
	buffer.Write(f.top)
	err = errors.Join(err, p.template.ExecuteTemplate(buffer, name, data))
	buffer.Write(f.bottom)
	if err != nil {
		return err
	}
	p.written.Add(1)
	return p.write(path, buffer.Bytes())
}

// A frame is what stands around the title and the body of a page.
type frame struct{ start, top, bottom []byte }

type frameKey struct{ root, at string }

func (p *pages) frame(data page) (frame, error) {
	k := frameKey{data.Root(), data.At}
	if known, ok := p.frames.Load(k); ok {
		return known.(frame), nil
	}
	var f frame
	for _, part := range []struct {
		name string
		to   *[]byte
	}{{"start", &f.start}, {"top", &f.top}, {"bottom", &f.bottom}} {
		var buffer bytes.Buffer
		if err := p.template.ExecuteTemplate(&buffer, part.name, data); err != nil {
			return frame{}, err
		}
		*part.to = buffer.Bytes()
	}
	p.frames.Store(k, f)
	return f, nil
}

// write writes a file; its directory is made if it is not there.
func (p *pages) write(path string, data []byte) error {
	name := filepath.Join(p.top, filepath.FromSlash(path))
	err := os.WriteFile(name, data, 0o644)
	if !errors.Is(err, fs.ErrNotExist) { // the directory is there but for the first of its files
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, data, 0o644)
}

// assets writes the style and the script.
func (p *pages) assets() error {
	return fs.WalkDir(static, "static", func(path string, one fs.DirEntry, err error) error {
		if err != nil || one.IsDir() {
			return err
		}
		data, err := static.ReadFile(path)
		if err != nil {
			return err
		}
		return p.write("assets/"+strings.TrimPrefix(path, "static/"), data)
	})
}

// files brings the files of a post into the site. One that went missing in the
// meantime is told of like one that never came.
func (p *pages) files(one *post) error {
	for i := range one.Files {
		if one.Files[i].File == nil {
			continue
		}
		there, err := p.file(one.Files[i].File)
		if err != nil {
			return err
		}
		if !there {
			one.Files[i].File = nil
		}
	}
	return nil
}

// file moves a file into the site, unless it is there.
func (p *pages) file(f *file) (bool, error) {
	from, to := p.site.kept(f.Digest), filepath.Join(p.top, filepath.FromSlash(f.Path()))
	err := os.Rename(from, to)
	if !errors.Is(err, fs.ErrNotExist) {
		return err == nil, err
	}
	if _, err := os.Lstat(to); err == nil {
		return true, nil
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return false, err
	}
	err = os.Rename(from, to)
	return err == nil, ignoreMissing(err)
}

// count returns how many files of the account's stand in the site.
func (p *pages) count() (int64, error) {
	var n int64
	for _, name := range []string{"media", "files"} {
		err := filepath.WalkDir(filepath.Join(p.top, name), func(_ string, one fs.DirEntry, err error) error {
			if err == nil && !one.IsDir() {
				n++
			}
			return ignoreMissing(err)
		})
		if err != nil {
			return 0, err
		}
	}
	return n, nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
