package dialect

import (
	"cmp"
	"regexp"
	"strings"
	"time"
)

// An xBrief is of a post what tells its place.
type xBrief struct {
	ID      xText  `json:"id_str"`
	Number  xText  `json:"id"`
	Created xText  `json:"created_at"`
	Shared  xShare `json:"retweeted_status"`
	Edits   struct {
		Initial xEdits `json:"initial"`
		Later   struct {
			Initial xEdits `json:"editControlInitial"`
		} `json:"edit"`
	} `json:"edit_info"`
}

// An xPost is a post as X writes it. Members that are not read here stay in the
// original.
type xPost struct {
	xBrief
	Full      xText     `json:"full_text"`
	Short     xText     `json:"text"` // before 2018
	Language  xText     `json:"lang"`
	Sensitive xText     `json:"possibly_sensitive"`
	ReplyTo   xText     `json:"in_reply_to_status_id_str"`
	Entities  xEntities `json:"entities"`
	Extended  xEntities `json:"extended_entities"`
}

// An xShare is the post of somebody else that was shared, whole.
type xShare struct {
	ID xText `json:"id_str"`
}

// xEdits are the numbers of all states of a post, the first one first.
type xEdits struct {
	IDs []xText `json:"editTweetIds"`
}

// xEntities are what X found in the text.
type xEntities struct {
	Links    []xURL     `json:"urls"`
	Mentions []xMention `json:"user_mentions"`
	Tags     []xTag     `json:"hashtags"`
	Media    []xMedia   `json:"media"`
}

type xURL struct {
	Short    xText `json:"url"`
	Expanded xText `json:"expanded_url"`
}

type xMention struct {
	Name   xText `json:"screen_name"`
	Number xText `json:"id_str"`
}

type xTag struct {
	Text xText `json:"text"`
}

// An xLongText is a note-tweet: the whole text of a long post.
type xLongText struct {
	Created xText `json:"createdAt"`
	Core    struct {
		Text  xText `json:"text"`
		Links []struct {
			Short    xText `json:"shortUrl"`
			Expanded xText `json:"expandedUrl"`
		} `json:"urls"`
		Mentions []struct {
			Name xText `json:"screenName"`
		} `json:"mentions"`
		Tags []xTag `json:"hashtags"`
	} `json:"core"`
}

// xReadPost reads a row of posts, in the wrapper of today or without it.
func xReadPost(data []byte) (xPost, bool) {
	var row struct {
		Inner *xPost `json:"tweet"`
		xPost
	}
	if len(data) == 0 || xDecode(data, &row) != nil {
		return xPost{}, false
	}
	p := row.xPost
	if row.Inner != nil {
		p = *row.Inner
	}
	_, ok := p.number().number()
	return p, ok
}

// xReadBrief reads less, and faster.
func xReadBrief(data []byte) (xBrief, bool) {
	var row struct {
		Inner *xBrief `json:"tweet"`
		xBrief
	}
	if len(data) == 0 || xDecode(data, &row) != nil {
		return xBrief{}, false
	}
	p := row.xBrief
	if row.Inner != nil {
		p = *row.Inner
	}
	_, ok := p.number().number()
	return p, ok
}

func xReadNote(data []byte) (xLongText, bool) {
	var row struct {
		Inner xLongText `json:"noteTweet"`
	}
	ok := len(data) > 0 && xDecode(data, &row) == nil && row.Inner.Core.Text != ""
	return row.Inner, ok
}

func (p xBrief) number() xText { return cmp.Or(p.ID, p.Number) }

func (p xPost) text() string { return string(cmp.Or(p.Full, p.Short)) }

// shares is the number of the post that this one shares, "" if it shares none or
// does not say which: X has left that out since 2018.
func (p xBrief) shares() xText {
	if _, ok := p.Shared.ID.number(); !ok {
		return ""
	}
	return p.Shared.ID
}

// states are the numbers of what the post was before, and is now.
func (p xBrief) states() []xText {
	if len(p.Edits.Initial.IDs) > 0 {
		return p.Edits.Initial.IDs
	}
	return p.Edits.Later.Initial.IDs
}

// latest is the number of the state that came last, "" if that is this one.
func (p xBrief) latest() xText {
	states := p.states()
	if len(states) == 0 || states[len(states)-1] == p.number() {
		return ""
	}
	if _, ok := states[len(states)-1].number(); !ok {
		return ""
	}
	return states[len(states)-1]
}

// at is when the post was made. Its number has the millisecond, since November 2010.
func (p xBrief) at() time.Time {
	said := xTime(p.Created)
	counted := xSnowflake(p.number())
	if said.IsZero() || counted.Sub(said).Abs() < 2*time.Second {
		return counted
	}
	return said
}

// first is when the first state of the post was made.
func (p xBrief) first() time.Time {
	if states := p.states(); len(states) > 1 {
		if at := xSnowflake(states[0]); !at.IsZero() {
			return at
		}
	}
	return p.at()
}

func (n xLongText) at() time.Time { return xTime(n.Created) }

// xTime reads the three ways in which X has written dates; the zero time is none.
func xTime(t xText) time.Time {
	for _, layout := range []string{time.RubyDate, time.RFC3339, "2006-01-02 15:04:05 -0700"} {
		if at, err := time.Parse(layout, string(t)); err == nil && at.Year() >= 2006 && at.Year() < 10000 {
			return at.UTC()
		}
	}
	return time.Time{}
}

func xDate(t xText) string {
	at := xTime(t)
	if at.IsZero() {
		return ""
	}
	return at.Format(time.RFC3339Nano)
}

const (
	xFirstSnowflake = 29_700_859_247
	xSnowflakeEpoch = 1_288_834_974_657 // milliseconds of Unix time
)

// xSnowflake is when a number was given; the zero time if it was merely counted up.
func xSnowflake(t xText) time.Time {
	n, ok := t.number()
	if !ok || n < xFirstSnowflake || n>>22 > 1<<42 {
		return time.Time{}
	}
	return time.UnixMilli(int64(n>>22) + xSnowflakeEpoch).UTC()
}

var (
	xLeadingNames = regexp.MustCompile(`^(?:@\w+\s+)+`)
	xAddresses    = regexp.MustCompile(`https?:\S*`)
)

// xBare is a text without what differs between a post and its whole text.
func xBare(text string) string {
	text = xAddresses.ReplaceAllString(xLeadingNames.ReplaceAllString(xPlain.Replace(text), ""), "")
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "…", "")), " ")
}
