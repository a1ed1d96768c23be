package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/portability/closing"
)

func closeCommand() command {
	return command{
		name:    "close",
		args:    "EXPORTS OUT [-choices FILE] [-network] [-tell PROGRAM] [-until DATE] [-keys DIR] [-n] [-json]",
		summary: "close a server: an archive of everybody, a door file, and all Moves",
		about: `
EXPORTS is a folder with an export of each account, in any format that "godwit help
inspect" names. OUT is the folder of the job. There come an archive of each account
(archives), the door file for "godwit afterlife serve" (door), the claim secrets to be
given to the people (secrets.csv), and lists: who has not chosen yet (undecided.csv),
whose Move only the old server can send (unsigned.csv), and what could not be done
(problems.csv). What cannot be read stops nobody else.

It is one job. Run the same command again after an interruption (exit status 4), and
whenever more people have chosen; only what is new is done. It begins with an estimate,
and with -n that is all. Where the disk is too small, nothing is begun.

-choices is a CSV file "old,new" of ids or handles. With -network the new account is
asked whether it lists the old one as its alias; then links lead there, and the Move is
sent, if -keys has the account's private key as NAME.pem, or -identity opens it where it
is sealed in the export. It is sent once the old account says that it moved, as the door
file does when it is served; all Moves are paced together, by host.

-tell is a program that is run for each person with a letter as JSON on its standard
input. A letter that is repeated, after a crash, has the same "id".`,
		examples: []string{
			"godwit close exports closing -n",
			"godwit close exports closing -choices choices.csv -network -tell ./send-letter -until 2027-03-01",
			"godwit close exports closing -choices choices.csv -network -keys keys",
		},
		run: runClose,
	}
}

// A closeJob is what the command line asks for.
type closeJob struct {
	*archiveFlags
	c            *call
	exports, out string
	choices      string
	ask          bool
	tell         string
	until        time.Time
	keys         string
	identity     string
	dry          bool

	network *client.Client
	list    *exportList
	moves   *closeMoves
	door    *doorOf
	meter   *meter
}

func runClose(ctx context.Context, c *call) error {
	flags, archive := c.archiveFlags()
	archive.salvageFlag(flags)
	c.jsonFlag(flags)
	flags.Var(&c.trusted, "trust", "host:port that may be on a private network; may be repeated")
	j := &closeJob{archiveFlags: archive, c: c}
	flags.StringVar(&j.choices, "choices", "", "CSV `file` of old and new accounts")
	flags.BoolVar(&j.ask, "network", false, "ask the new places, and send Moves")
	flags.StringVar(&j.tell, "tell", "", "`program` that sends a letter")
	until := flags.String("until", "", "the `date` when the server ends, as 2027-03-01; for letters")
	flags.StringVar(&j.keys, "keys", "", "`folder` with the accounts' private keys, each as NAME.pem")
	flags.StringVar(&j.identity, "identity", "", "`file` with secret keys of age, for keys that are sealed in the exports")
	flags.BoolVar(&j.dry, "n", false, "do nothing, and tell what disk and time it takes")
	args, err := c.parse(flags, 2, 2)
	if err != nil {
		return err
	}
	j.exports, j.out = args[0], filepath.Clean(args[1])
	if *until != "" {
		if j.until, err = time.Parse(time.DateOnly, *until); err != nil {
			return usageError{c.command, "-until is a date like 2027-03-01"}
		}
	}
	if (j.keys != "" || j.identity != "") && !j.ask {
		return usageError{c.command, "Moves are sent only with -network"}
	}
	if err := j.refuse(); err != nil {
		return err
	}
	return j.explain(ctx, j.run(ctx))
}

// refuse looks, before anything is done, whether the job can be done at all.
func (j *closeJob) refuse() error {
	if info, err := os.Stat(j.out); err == nil && !info.IsDir() {
		return usageError{j.c.command, "OUT is a file: give a folder"}
	}
	if j.tell == "" {
		return nil
	}
	if _, err := exec.LookPath(j.tell); err != nil {
		return usageError{j.c.command, "-tell is no program that can be run: " + err.Error()}
	}
	return nil
}

// run estimates, and then closes.
func (j *closeJob) run(ctx context.Context) (err error) {
	j.network = j.c.client()
	j.meter = j.c.meter()
	defer j.meter.close()
	if err := j.read(ctx); err != nil {
		return err
	}
	e, err := j.estimate(ctx)
	if err != nil {
		return err
	}
	if j.dry {
		return j.printEstimate(e)
	}
	if e.short() {
		return &exitError{status: statusContinue, reason: "disk-too-small",
			err:  fmt.Errorf("there is too little room: %s are needed, %s are free", byteSize(e.Needed), byteSize(e.Free)),
			hint: "make room, or give OUT on another disk; nothing was written"}
	}
	return j.close(ctx, e)
}

// read lists the exports, and what the people have chosen.
func (j *closeJob) read(ctx context.Context) (err error) {
	if j.list, err = j.listExports(ctx); err != nil {
		return err
	}
	if len(j.list.order) == 0 {
		return &exitError{status: statusFailed, err: fmt.Errorf("%s holds no export that can be read", j.exports), hint: j.list.firstFault()}
	}
	if j.choices == "" {
		return nil
	}
	return j.readChoices(ctx)
}

// close does what is due.
func (j *closeJob) close(ctx context.Context, e closeEstimate) (err error) {
	for _, dir := range []string{j.out, j.place("archives")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	j.door = &doorOf{path: j.place("door")}
	defer func() { err = errors.Join(err, j.door.close()) }()
	if err := j.openMoves(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.moves.close()) }()
	job, err := j.open(j.place("job.jsonl"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, job.Close()) }()
	if err := j.list.save(j.place("exports.json")); err != nil { // none but the holder of the job writes here
		return err
	}
	report, err := job.Run(ctx)
	if err != nil {
		return err
	}
	j.meter.end()
	left := j.moves.send(ctx)
	return errors.Join(j.tellAll(ctx, job, report, e), left)
}

func (j *closeJob) open(path string) (*closing.Job, error) {
	done, total := int64(0), int64(len(j.list.accounts()))
	return closing.Open(path, j.list, j.steps(), &closing.Options{
		Until: j.until,
		Progress: func(_ closing.Account, t closing.Task, _ error) {
			if t == closing.Export {
				done++
				j.meter.items("accounts", done, total)
			}
		},
	})
}

// place is a place in the job's folder.
func (j *closeJob) place(name string) string { return filepath.Join(j.out, name) }

// explain says what can be done about a job that did not come to its end.
func (j *closeJob) explain(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, closing.ErrInUse):
		return &exitError{status: statusFailed, err: err, hint: "wait until the other godwit that closes this server has ended"}
	}
	return cmp.Or(stopped(ctx, err, "run the same command again to go on"), explainAfterlife(ctx, j.place("door"), err))
}
