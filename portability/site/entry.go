package site

import (
	"bufio"
	"html/template"
	"time"

	"codeberg.org/godwit/godwit/internal/scratch"
)

// An entry is a post with all that its page shows around it.
type entry struct {
	Post post

	seq      uint32 // its number in the order of time
	root     key    // of its thread
	parent   string // page of what it answers, if that is here
	thread   string // page of the thread that it is in
	local    local  // pages of own posts that it links to
	older    string // pages of the posts before and behind
	newer    string
	children []neighbour
	replies  []reaction
	likes    []reaction
	boosts   []reaction
	// The counts are of all, the lists above have the first ones.
	childCount, replyCount, likeCount, boostCount int64

	rendered template.HTML // as pages of many show it, one level down
}

// A neighbour is another post of the account.
type neighbour struct {
	Path      string
	Published time.Time
}

// aside reports whether the post answers somebody else, or something that is
// not here.
func (e *entry) aside() bool { return e.Post.Answers != "" && e.parent == "" }

func (e *entry) react(r reaction) {
	list, n := &e.boosts, &e.boostCount
	switch r.Sort {
	case aReply:
		list, n = &e.replies, &e.replyCount
	case aLike:
		list, n = &e.likes, &e.likeCount
	}
	if *n++; len(*list) < mostReactions {
		*list = append(*list, r)
	}
}

// entries are posts as they were rendered, for the pages that show them again.
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

func (e *entries) add(rendered template.HTML) (place, error) {
	at := place{e.size, uint32(len(rendered))}
	n, err := e.w.WriteString(string(rendered))
	e.size += int64(n)
	return at, err
}

// get is for after flush.
func (e *entries) get(at place) (template.HTML, error) {
	data := make([]byte, at.size)
	_, err := e.file.ReadAt(data, at.at)
	return template.HTML(data), err
}

func (e *entries) flush() error { return e.w.Flush() }

func (e *entries) close() error { return e.file.Close() }
