package blobs3

import (
	"errors"
	"io"
	"net/http"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// newClient returns a client that follows no redirects: the token of a session would
// go with them.
func newClient() *http.Client {
	return &http.Client{
		Transport: awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
			t.ResponseHeaderTimeout = time.Minute
			t.MaxIdleConnsPerHost = 16
		}).GetTransport(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// mostSaid is how many bytes of an answer are read that is no blob. A page of a list has
// a thousand names of up to 1,024 bytes, each of which may be written as six.
const mostSaid = 16 << 20

var errEndless = errors.New("the answer is too long")

// bounded is a client whose answers end, but for blobs: all others are held in memory.
type bounded struct{ s3.HTTPClient }

func (b bounded) Do(r *http.Request) (*http.Response, error) {
	answer, err := b.HTTPClient.Do(r)
	if err == nil && !isBlob(r, answer) {
		answer.Body = &boundedBody{answer.Body, mostSaid}
	}
	return answer, err
}

// isBlob tells by what the client names each request.
func isBlob(r *http.Request, answer *http.Response) bool {
	good := answer.StatusCode == http.StatusOK || answer.StatusCode == http.StatusPartialContent
	return good && r.Method == http.MethodGet && r.URL.Query().Get("x-id") == "GetObject"
}

type boundedBody struct {
	io.ReadCloser
	left int
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errEndless
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
