package stories_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"codeberg.org/godwit/godwit/examples/stories"
)

// scenarios tell the stories of the table.
var scenarios = map[string]func(*testing.T){
	"1A": aSignAtTheOldAccount,
	"1B": allLinksLeadHome,
	"1C": eachLinkLeadsToTheSame,
	"1D": aSecondAccount,
	"1E": blocksAndMutesComeAlong,
	"1F": theListOfTheServerComesAlong,
}

func TestStories(t *testing.T) {
	told := 0
	for _, story := range stories.All() {
		t.Run(story.Name+" "+story.Says, func(t *testing.T) {
			if story.Waits != "" {
				t.Skip("waits for " + story.Waits)
			}
			require.NotNil(t, scenarios[story.Name], "the story has a scenario")
			scenarios[story.Name](t)
		})
		told++
	}
	require.Len(t, scenarios, told, "every scenario is of a story in the table")
}
