package site

import (
	"bufio"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"codeberg.org/godwit/godwit/internal/scratch"
)

// An entry is a post with all that its page shows around it.
type entry struct {
	Post     post        `json:"post"`
	Parent   string      `json:"parent,omitzero"` // page of what it answers, if that is here
	Thread   string      `json:"thread,omitzero"` // page of the thread that it is in
	Children []neighbour `json:"children,omitzero"`
	Replies  []reaction  `json:"replies,omitzero"`
	Likes    []reaction  `json:"likes,omitzero"`
	Boosts   []reaction  `json:"boosts,omitzero"`
	// Counts are of all, those above are the first ones.
	ChildCount, ReplyCount, LikeCount, BoostCount int64

	root         key
	older, newer string // pages of the posts before and behind
}

// A neighbour is another post of the account.
type neighbour struct {
	Path      string    `json:"path"`
	Published time.Time `json:"published,omitzero"`
}

// aside reports whether the post answers somebody else, or something that is
// not here.
func (e *entry) aside() bool { return e.Post.Answers != "" && e.Parent == "" }

func (e *entry) react(r reaction) {
	list, n := &e.Boosts, &e.BoostCount
	switch r.Sort {
	case aReply:
		list, n = &e.Replies, &e.ReplyCount
	case aLike:
		list, n = &e.Likes, &e.LikeCount
	}
	if *n++; len(*list) < mostReactions {
		*list = append(*list, r)
	}
}

// entries are kept in a file for the pages that show them again.
type entries struct {
	file *scratch.Temp
	w    *bufio.Writer
	size int64
}

func newEntries(folder *scratch.Folder) (*entries, error) {
	file, err := folder.Temp()
	if err != nil {
		return nil, err
	}
	return &entries{file: file, w: bufio.NewWriterSize(file, 1<<18)}, nil
}

func (e *entries) add(one *entry) (place, error) {
	data, err := json.Marshal(one, jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return place{}, err
	}
	at := place{e.size, uint32(len(data))}
	n, err := e.w.Write(data)
	e.size += int64(n)
	return at, err
}

// get is for after flush.
func (e *entries) get(at place) (*entry, error) {
	data := make([]byte, at.size)
	if _, err := e.file.ReadAt(data, at.at); err != nil {
		return nil, err
	}
	one := &entry{}
	return one, decode(data, one)
}

func (e *entries) flush() error { return e.w.Flush() }

func (e *entries) close() error { return e.file.Close() }
