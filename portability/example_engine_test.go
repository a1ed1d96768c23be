package portability_test

import (
	"context"
	"fmt"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// twoAccounts opens the same two accounts for every job. A server opens those that the
// job names.
type twoAccounts struct{ old, new *portability.Memory }

func (a twoAccounts) Open(context.Context, portability.Job) (portability.Source, portability.Sink, error) {
	return a.old, a.new, nil
}

// A copy that any process can take on where another one has died, and that says whether
// the person may move now.
func ExampleEngine() {
	ctx := context.Background()
	accounts := twoAccounts{portability.NewMemory(nil), portability.NewMemory(nil)}
	for _, text := range []string{
		`{"id":"https://old.example/alice","type":"Person"}`,
		`{"id":"https://old.example/1","type":"Note","attributedTo":"https://old.example/alice","published":"2020-01-02T03:04:05Z","to":["as:Public"],"content":"Hello"}`,
		`{"id":"https://old.example/2","type":"Note","attributedTo":"https://old.example/mallory","content":"Not hers"}`,
	} {
		o, _ := vocab.Parse([]byte(text))
		kind := portability.Content
		if o.IsActor() {
			kind = portability.Actor
		}
		_, _ = accounts.old.Put(ctx, []portability.Item{{Ref: portability.Ref{Kind: kind, ID: string(o.ID())}, Object: o}})
	}

	engine := portability.NewEngine(portability.NewMemoryStore(), accounts, nil)
	job, _ := engine.Begin(ctx, portability.JobSpec{
		ID: "alice", Account: "https://new.example/alice", Old: "https://old.example/alice", Standing: portability.Proved,
	})
	job, _ = engine.Run(ctx, job.ID)
	report, _ := engine.Report(ctx, job.ID)
	fmt.Println(job.State, report.Counts[portability.Content])
	fmt.Println("ready to move:", report.Ready() == nil)

	job, _ = engine.Undo(ctx, job.ID)
	job, _ = engine.Run(ctx, job.ID)
	report, _ = engine.Report(ctx, job.ID)
	kinds, _ := accounts.new.Kinds(ctx)
	fmt.Println(job.State, kinds, report.Ready())
	// Output:
	// done map[copied:map[:1] skipped:map[not-own:1]]
	// ready to move: true
	// undone [] the account is not ready to move: unfinished
}
