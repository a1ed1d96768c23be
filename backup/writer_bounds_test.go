package backup_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"codeberg.org/godwit/godwit/backup"
	"codeberg.org/godwit/godwit/portability"
)

// Who makes an archive chooses the ids in it, and the report lists ids.
func TestReportStaysSmallWithLongIDs(t *testing.T) {
	var items []portability.Item
	for i := range 100 {
		id := fmt.Sprintf("%d%s", i, strings.Repeat("x", 200_000))
		items = append(items, portability.Item{Ref: portability.Ref{Kind: portability.Inbox, ID: id}, Raw: []byte("x")})
	}
	_, u := written(t, &backup.WriteOptions{Created: aDay}, items...)
	r := reportIn(t, u).Account
	assert.Less(t, len(u.body["godwit/report.json"]), 5<<20)
	assert.Equal(t, 100, r.Skipped["inbox"]["no-place"], "all are counted")
	assert.Less(t, 10, len(r.Notes), "those that have room are listed")
}

// To look for each of a hundred thousand places among all others takes half a minute,
// and an archive may have a million of them for a file.
func TestFileWithManyPlaces(t *testing.T) {
	digest := strings.Repeat("ab", 32)
	var places []string
	for i := range 100_000 {
		places = append(places, fmt.Sprintf(`"%06d"`, i))
	}
	list := strings.Join(places, ",")
	_, u := written(t, &backup.WriteOptions{Created: aDay}, portability.Item{Ref: portability.Ref{Kind: portability.Media, ID: "sha256:" + digest},
		Object: doc(t, `{"digest":%q,"urls":[%s,%s]}`, digest, places[7], list)})
	assert.Equal(t, fmt.Sprintf(`{"digest":%q,"urls":[%s]}`+"\n", digest, list), u.body["godwit/media.jsonl"], "each once")
}
