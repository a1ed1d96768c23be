package backup

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	"codeberg.org/godwit/godwit/portability"
)

// A saidReport is what godwit/report.json says of the account, as far as it can be
// derived from the archive. Only the last volume has it, and it is of all volumes.
type saidReport struct {
	Account *struct {
		Items map[portability.Kind]int64 `json:"items"`
	} `json:"account"`
}

// counts compares what was read with what the archive says of itself, if it is the
// whole account.
func (v *verifier) counts(ctx context.Context) error {
	data, err := v.reader.account.View().Bytes(ctx, reportEntry, 16<<20)
	if err != nil {
		return v.noReport(refused(err))
	}
	var said saidReport
	if err := json.Unmarshal(data, &said); err != nil {
		v.verdict.find(CheckCounts, "unreadable", Damage, reportEntry)
		return nil
	}
	if volume := v.reader.volume(); said.Account == nil || volume != nil && volume.N > 0 {
		return nil
	}
	for _, c := range v.kinds {
		if n := said.Account.Items[c.Kind]; n != c.Items && c.Kind != portability.Media && c.Kind != portability.Inbox {
			v.verdict.find(CheckCounts, "differs", Damage, fmt.Sprintf("%s: %d said, %d here", c.Kind, n, c.Items))
		}
	}
	return nil
}

func (v *verifier) noReport(err error) error {
	var refusal *Refusal
	if errors.As(err, &refusal) {
		v.verdict.find(CheckCounts, string(refusal.Reason), Damage, reportEntry)
		return nil
	}
	return err
}
