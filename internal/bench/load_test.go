//go:build unix

package bench_test

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The load comes from a process of its own, so that its processor time is not
// the server's: this test binary, told by the environment to post a file of
// requests to an address.
const (
	loadFile    = "GODWIT_BENCH_LOAD"
	loadAddress = "GODWIT_BENCH_ADDRESS"
	sinkAddress = "GODWIT_BENCH_SINK" // or to take what is posted to an address
)

// connections is how many of them are kept open and busy.
const connections = 64

func TestMain(m *testing.M) {
	if file := os.Getenv(loadFile); file != "" {
		if err := load(file, os.Getenv(loadAddress)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if address := os.Getenv(sinkAddress); address != "" {
		fmt.Fprintln(os.Stderr, http.ListenAndServe(address, http.HandlerFunc(read)))
		os.Exit(1)
	}
	if text := os.Getenv(jobText); text != "" {
		if err := serve(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// write keeps requests as they go over the wire, each behind its length.
func write(tb testing.TB, requests [][]byte) (path string) {
	tb.Helper()
	path = filepath.Join(tb.TempDir(), "requests")
	var all []byte
	for _, r := range requests {
		all = binary.BigEndian.AppendUint32(all, uint32(len(r)))
		all = append(all, r...)
	}
	require.NoError(tb, os.WriteFile(path, all, 0o600))
	return path
}

// post has another process post the requests, and returns when all were
// answered with 202.
func post(tb testing.TB, path, address string) {
	tb.Helper()
	child := exec.Command(os.Args[0], "-test.run=^$")
	child.Env = append(os.Environ(), loadFile+"="+path, loadAddress+"="+address)
	output, err := child.CombinedOutput()
	require.NoError(tb, err, "%s", output)
}

func load(path, address string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	requests := make(chan []byte)
	errs := make(chan error, connections)
	var busy sync.WaitGroup
	for range connections {
		busy.Go(func() {
			if err := play(address, requests); err != nil {
				errs <- err
				for range requests { // the others go on
				}
			}
		})
	}
	for len(data) > 0 {
		n := 4 + binary.BigEndian.Uint32(data)
		requests <- data[4:n]
		data = data[n:]
	}
	close(requests)
	busy.Wait()
	close(errs)
	return <-errs
}

func play(address string, requests <-chan []byte) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	answers := bufio.NewReader(conn)
	for r := range requests {
		if _, err := conn.Write(r); err != nil {
			return err
		}
		answer, err := http.ReadResponse(answers, nil)
		if err != nil {
			return err
		}
		said, err := io.ReadAll(answer.Body)
		if err = errors.Join(err, answer.Body.Close()); err != nil {
			return err
		}
		if answer.StatusCode != http.StatusAccepted {
			return fmt.Errorf("status %d: %s", answer.StatusCode, said)
		}
	}
	return nil
}

// sink starts a process that takes everything, and returns its address.
func sink(tb testing.TB) (address string) {
	tb.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	address = free.Addr().String()
	require.NoError(tb, free.Close())
	child := exec.Command(os.Args[0], "-test.run=^$")
	child.Env = append(os.Environ(), sinkAddress+"="+address)
	require.NoError(tb, child.Start())
	tb.Cleanup(func() {
		_ = child.Process.Kill()
		_ = child.Wait()
	})
	require.Eventually(tb, func() bool {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return false
		}
		return conn.Close() == nil
	}, 10*time.Second, 10*time.Millisecond, "the sink listens")
	return address
}
