package portability_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"codeberg.org/godwit/godwit/portability"
	"codeberg.org/godwit/godwit/vocab"
)

// A copy that is stopped goes on from its last checkpoint.
func ExampleCopy_resume() {
	ctx := context.Background()
	from, to := followed("https://a.example/ann", "https://b.example/ben", "https://c.example/cem"), portability.NewMemory(nil)
	journal := map[portability.Kind]string{} // a real one outlives the process
	stop := errors.New("the power is gone")

	_, err := portability.Copy(ctx, from, to, &portability.CopyOptions{
		Batch: 2,
		Checkpoint: func(k portability.Kind, after string) error {
			journal[k] = after
			return stop
		},
	})
	fmt.Println("stopped:", errors.Is(err, stop))

	report, err := portability.Copy(ctx, from, to, &portability.CopyOptions{After: journal})
	if err != nil {
		log.Fatal(err)
	}
	there, _, err := to.Count(ctx, portability.Following)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("copied then:", report.Count(portability.Following, portability.Copied))
	fmt.Println("there:", there)
	// Output:
	// stopped: true
	// copied then: 1
	// there: 3
}

// followed returns an account that follows others, and has nothing else.
func followed(ids ...vocab.IRI) *portability.Memory {
	m := portability.NewMemory(nil)
	for _, id := range ids {
		o, err := vocab.Build(vocab.Member{Name: vocab.ID, Value: id})
		if err != nil {
			log.Fatal(err)
		}
		item := portability.Item{Ref: portability.Ref{Kind: portability.Following, ID: string(id)}, Object: o}
		if _, err := m.Put(context.Background(), []portability.Item{item}); err != nil {
			log.Fatal(err)
		}
	}
	return m
}
