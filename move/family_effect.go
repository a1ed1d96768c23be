package move

// undo is when a family takes back the old follow.
type undo int

const (
	unknownUndo undo = iota
	atOnce           // with or before the new Follow
	onAccept         // when the new account has accepted
	never
	noFollow // it follows nobody by itself
)

// remarks are the notes on a family for these two accounts.
func (f family) remarks(s *sight) []string {
	var all []string
	for _, note := range f.notes {
		all = append(all, s.text(note))
	}
	return append(all, s.remarks(f.undo)...)
}

// remarks say what becomes of followers because of what the new account is.
func (s *sight) remarks(u undo) []string {
	var all []string
	if s.new.locked() && u != noFollow {
		all = append(all, s.text(waiting[u]))
	}
	if to := s.new.standing.MovedTo; to != "" && to != s.old.id {
		all = append(all, s.text("{new} has itself moved on to "+string(to)+": its server may refuse new followers"))
	}
	return all
}

var waiting = map[undo]string{
	unknownUndo: "{new} approves followers by hand: each follow waits until it does",
	atOnce:      "{new} approves followers by hand: until it does, a follower follows neither account",
	onAccept:    "{new} approves followers by hand: the old follow is kept until it does",
	never:       "{new} approves followers by hand: each follow waits until it does, the old one stays",
}

// A sending is what the old account's software does when it moves an account.
type sending struct {
	movedTo bool // its actor document says movedTo
	moveID  bool // its Move has an id
	// rules are what it asks of the new account before it sends anything.
	rules []check
	notes []string
}

// sends returns how the old account's software sends. One that is not known is
// taken to publish all that receivers ask for.
func (s *sight) sends() sending {
	name, _ := FamilyOf(s.options.Software)
	if found, known := senders()[name]; known {
		return found
	}
	return sending{movedTo: true, moveID: true}
}

// senders is the table of software that moves accounts.
func senders() map[string]sending {
	once := "allows one move in 30 days"
	noMovedTo := "never says movedTo: software that looks for it ignores the Move"
	noUpdate := "sends no Update: others see movedTo when they next read {old}"
	return map[string]sending{
		"mastodon": {movedTo: true, moveID: true, rules: []check{webFinger, notSuspended, claimed(aliasReading{objects: yes})}, notes: []string{once}},
		"gotosocial": {
			movedTo: true, moveID: true, rules: []check{notSuspended, settled, claimed(aliasReading{within: 20, objects: no})},
			notes: []string{"allows one move of either account in 7 days, which cannot be taken back", noUpdate},
		},
		"misskey":  {movedTo: true, moveID: true, rules: []check{settled, claimed(aliasReading{list: true})}, notes: []string{"allows one move for life"}},
		"pixelfed": {movedTo: true, moveID: true, rules: []check{webFinger, claimed(aliasReading{list: true})}, notes: []string{once, noUpdate}},
		"wordpress": {
			movedTo: true, moveID: true, rules: []check{claimed(aliasReading{})},
			notes: []string{"versions before March 2026 send a Move to the old account itself, which others ignore"},
		},
		"emissary":  {notes: []string{"moves by LOLA only", noMovedTo}},
		"akkoma":    {moveID: true, rules: []check{claimed(aliasReading{})}, notes: []string{noMovedTo}},
		"mitra":     {moveID: true, notes: []string{noMovedTo}},
		"snac":      {moveID: true, rules: []check{claimed(aliasReading{list: true, objects: no})}, notes: []string{noMovedTo}},
		"hollo":     {movedTo: true, moveID: true, rules: []check{claimed(aliasReading{})}, notes: []string{noUpdate}},
		"bridgyfed": {movedTo: true, moveID: true, rules: []check{claimed(aliasReading{})}, notes: []string{"says movedTo only after the Move is sent"}},
		"vutuv":     {movedTo: true, moveID: true, rules: []check{secure, claimed(aliasReading{})}, notes: []string{once, noUpdate}},
		own:         {movedTo: true, moveID: true, rules: []check{settled, pointing, claimed(aliasReading{within: 256, objects: yes})}},
	}
}

// sender predicts what the old account's own server does; nil if that is not
// known.
func (s *sight) sender() *Outlook {
	name, _ := FamilyOf(s.options.Software)
	sends, known := senders()[name]
	if !known {
		return nil
	}
	o := &Outlook{Family: name, Prediction: Honoured}
	for _, note := range sends.notes {
		o.Notes = append(o.Notes, s.text(note))
	}
	o.judge(s, append([]check{differ, oldReadable, newReadable, alive}, sends.rules...))
	return o
}
