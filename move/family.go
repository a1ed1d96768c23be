package move

import "strings"

// own is the name of godwit's strict rules among the families.
const own = "godwit"

// A family is receiving software that goes by the same rules.
type family struct {
	name string
	best Prediction // if every rule holds
	// rules are what it asks beyond what everyone asks, in its order.
	rules []check
	undo  undo
	// notes hold of every move; {old} and {new} are the accounts.
	notes []string
	// stays says why nobody moves although the Move is honoured; "" if they do.
	stays string
}

// families is the table of receiving software, as it was read and measured in
// 2025 and 2026. What is not said of some software is not asked by it.
func families() []family {
	return []family{
		{
			name: "mastodon", best: Honoured, undo: atOnce,
			rules: []check{hasContext, webFinger, notSuspended, settled, claimed(aliasReading{within: 256, objects: yes})},
			notes: []string{"ignores a second Move of {old} for 7 days"},
		},
		{
			name: "gotosocial", best: Honoured, undo: atOnce,
			rules: []check{moveID, notSuspended, settled, claimed(aliasReading{within: 20, objects: no})},
			notes: []string{"ignores a Move for 5 minutes after it tried one of either account, and for 7 days after it honoured one"},
		},
		{
			name: "misskey", best: Honoured, undo: never,
			rules: []check{moveID, pointing, noCycle, claimed(aliasReading{})},
			notes: []string{
				"acts when movedTo is newly set or changed, and then not again for 14 days",
				"never sends Undo: the server of {old} goes on counting these followers",
			},
		},
		{
			name: "pixelfed", best: Honoured, undo: atOnce,
			rules: []check{moveID, pointing, plainAddress, followTaken, claimed(aliasReading{lower: true})},
			notes: []string{"shows the new account as followed before it has answered"},
		},
		{
			name: "wordpress", best: Honoured, undo: noFollow,
			rules: []check{pointing, person, claimed(aliasReading{pages: true})},
			notes: []string{"corrects its own list of followers; people there who follow {old} are not moved"},
			stays: "it corrects its own list of followers and moves nobody",
		},
		{
			name: "emissary", best: Honoured, undo: never,
			rules: []check{knownType, claimed(aliasReading{objects: yes})},
			notes: []string{"fails if {new} is on the same server and was not imported by LOLA"},
		},
		{
			name: "akkoma", best: Honoured, undo: atOnce,
			rules: []check{claimed(aliasReading{})},
		},
		{
			name: "mitra", best: Honoured, undo: atOnce,
			rules: []check{moveID, claimed(aliasReading{shared: true})},
			notes: []string{"takes back the old follow before it asks for the new one"},
		},
		{
			name: "snac", best: Honoured, undo: atOnce,
			rules: []check{keyNamesActor, claimed(aliasReading{list: true, objects: no})},
			notes: []string{
				"follows only an account that it has met: let {new} follow or like somebody there before the move",
				"goes by the aliases that it has stored: send an Update of {new} after adding one",
			},
		},
		{name: "hollo", best: Honoured, undo: never, rules: []check{claimed(aliasReading{})}},
		{name: "ghost", best: Honoured, undo: atOnce, rules: []check{moveID, claimed(aliasReading{})}},
		{name: "vutuv", best: Honoured, undo: onAccept, rules: []check{claimed(aliasReading{})}},
		{name: "vernissage", best: Honoured, undo: unknownUndo, rules: []check{pointing, claimed(aliasReading{fold: true})}},
		{
			name: "bookwyrm", best: NotifyOnly, undo: noFollow,
			rules: []check{claimed(aliasReading{})},
			notes: []string{"tells people, who decide for themselves"},
		},
		{name: "friendica", best: Honoured, undo: unknownUndo, notes: []string{"does not look at the aliases"}},
		{name: "bridgyfed", best: Honoured, undo: unknownUndo, notes: []string{"does not look at the aliases"}},
	}
}

// Families lists the families of receiving software that [Preflight] knows, in
// its order. The last stands for godwit's own strict rules.
func Families() []string {
	var names []string
	for _, f := range families() {
		names = append(names, f.name)
	}
	return append(names, own)
}

// variants are names that software gives itself in NodeInfo, beside those of
// [Families].
var variants = map[string]string{
	"sharkey":    "misskey",
	"pleroma":    "akkoma",
	"glitch-soc": "mastodon",
	"bridgy-fed": "bridgyfed",
}

// FamilyOf returns the family of a software by the name that it has in
// NodeInfo, in any case. Software that is not in the table has none, even where
// it descends from one that is.
func FamilyOf(software string) (family string, known bool) {
	name := strings.ToLower(software)
	if family, known = variants[name]; known {
		return family, true
	}
	for _, f := range families() {
		if f.name == name {
			return name, true
		}
	}
	if name == own {
		return own, true
	}
	return "", false
}
