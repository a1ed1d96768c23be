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
	"2":  aRestrictedAccountMoves,
	"3":  theServerWentDark,
	"4":  contentFromAServerThatDoesNotTalk,
	"5":  moderationRecordsOfADeadServer,
	"6":  aServerOfOnesOwn,
	"7A": triedAgainYearsLater,
	"7B": keptForTheNextExport,
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
	t.Run("SocialCG domain portability", domainPortability)
	t.Run("SocialCG move", theMoveOfTheReport)
	require.Len(t, scenarios, told, "every scenario is of a story in the table")
}
