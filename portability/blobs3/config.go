package blobs3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"codeberg.org/godwit/godwit/portability"
)

// Keys sign requests.
type Keys struct {
	ID, Secret string
	Token      string // "" for lasting keys
}

// StaticKeys returns what [Config.Keys] is for keys that stay.
func StaticKeys(k Keys) func(context.Context) (Keys, error) {
	return func(context.Context) (Keys, error) { return k, nil }
}

// A Config says which bucket, and with which keys. It can be printed: the keys do not
// show.
type Config struct {
	Bucket string
	// Endpoint is the URL of the server; "" for Amazon's in the region.
	Endpoint string
	// Region is what requests are signed for; "" means us-east-1.
	Region string
	// Keys is asked before every request, so that keys can be changed; see
	// [StaticKeys].
	Keys func(context.Context) (Keys, error)
	// Prefix comes before every key, so that several stores share a bucket. It is "",
	// or ends in "/".
	Prefix string
	// HostStyle has the bucket in the name of the host, and not in the path, which
	// every server understands.
	HostStyle bool
	// PartSize is how many bytes are held in memory for each upload, and sent at once;
	// 0 means 8 MiB, and 5 MiB is the least. A blob has at most 10,000 parts; where its
	// size is known, and that is too few, its parts are larger.
	PartSize int64
	// Attempts is how often a request is sent where the server is busy, fails or is not
	// reached, with a pause of up to 20 seconds between; 0 means 3.
	Attempts int
	// Client sends requests. It must not follow redirects, which would take what is
	// signed to somebody else. Nil means one that keeps connections, and waits a
	// minute for an answer to begin.
	Client interface {
		Do(*http.Request) (*http.Response, error)
	}
}

const (
	leastPart   = 5 << 20
	defaultPart = 8 << 20
	mostParts   = 10_000
)

var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// ErrConfig says that a [Config] cannot be one.
var ErrConfig = errors.New("not a bucket that can be used")

// A Store is a bucket, or what has a prefix in it. It is safe for concurrent use.
type Store struct {
	client   *s3.Client
	bucket   string
	prefix   string
	partSize int64
	buffers  buffers
}

// New returns a store. It asks nothing of the server; see [Store.Check].
func New(c Config) (*Store, error) {
	if c.PartSize == 0 {
		c.PartSize = defaultPart
	}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("use bucket: %.80q: %w", c.Bucket, err)
	}
	return &Store{client: s3.New(c.options()), bucket: c.Bucket, prefix: c.Prefix, partSize: c.PartSize}, nil
}

func (c Config) check() error {
	endpoint, err := url.Parse(c.Endpoint)
	switch {
	case err != nil:
		return fmt.Errorf("%w: its endpoint is no URL", ErrConfig)
	case c.Endpoint != "" && (endpoint.Scheme != "https" && endpoint.Scheme != "http" || endpoint.Host == ""):
		return fmt.Errorf("%w: its endpoint is no URL of a server", ErrConfig)
	case endpoint.User != nil || endpoint.RawQuery != "":
		return fmt.Errorf("%w: its endpoint has more than a place", ErrConfig)
	case !bucketName.MatchString(c.Bucket):
		return fmt.Errorf("%w: its name", ErrConfig)
	case c.Keys == nil:
		return fmt.Errorf("%w: there are no keys", ErrConfig)
	case c.Attempts < 0:
		return fmt.Errorf("%w: %d attempts", ErrConfig, c.Attempts)
	case c.PartSize < leastPart:
		return fmt.Errorf("%w: parts of %d bytes", ErrConfig, c.PartSize)
	case c.Prefix != "" && (!strings.HasSuffix(c.Prefix, "/") || portability.CheckBlobPrefix(c.Prefix) != nil):
		return fmt.Errorf("%w: its prefix", ErrConfig)
	}
	return nil
}

func (c Config) options() s3.Options {
	o := s3.Options{
		Region:       c.Region,
		UsePathStyle: !c.HostStyle,
		Credentials:  aws.CredentialsProviderFunc(c.credentials),
		// The digest of the body is signed, and said; no other is added to it.
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
		RetryMaxAttempts:           c.Attempts,
		HTTPClient:                 c.Client,
	}
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	if c.Endpoint != "" {
		o.BaseEndpoint = aws.String(strings.TrimSuffix(c.Endpoint, "/"))
	}
	if c.Client == nil {
		o.HTTPClient = newClient()
	}
	o.HTTPClient = bounded{o.HTTPClient}
	return o
}

// A keysError is that the keys could not be had.
type keysError struct{ error }

func (c Config) credentials(ctx context.Context) (aws.Credentials, error) {
	k, err := c.Keys(ctx)
	if err != nil {
		return aws.Credentials{}, &keysError{err}
	}
	return aws.Credentials{AccessKeyID: k.ID, SecretAccessKey: k.Secret, SessionToken: k.Token, Source: "godwit"}, nil
}

// Check asks the server whether the bucket is there and the keys may use it.
func (s *Store) Check(ctx context.Context) error {
	_, err := s.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &s.bucket})
	return s.failed(ctx, "reach bucket", "", err)
}

// use looks at what every method is given.
func (s *Store) use(ctx context.Context, op, key string) error {
	err := portability.CheckBlobKey(key)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	return nil
}

// name is what a blob is called in the bucket.
func (s *Store) name(key string) *string { return aws.String(s.prefix + key) }
