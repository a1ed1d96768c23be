package arch

// Rules returns the arrows of the module. The first row that names a package
// counts.
func Rules() []Rule {
	network := []string{"net/http"}
	outward := []string{"net/http", "database/sql", "os/exec"}
	return []Rule{
		// Ground.
		{Packages: "vocab", NoIO: true, Never: append([]string{"net", "os/exec"}, network...)},
		{Packages: "webfinger", Never: []string{"database/sql", "os/exec"}},

		// Model.
		{Packages: "actor", Ours: []string{"vocab"}, Never: outward},

		// Middle. The two do not know each other.
		{Packages: "move", Ours: []string{"vocab", "actor"}, Never: outward},
		{Packages: "portability", Ours: []string{"vocab", "actor", "portability/remap"}, Never: outward},
		{Packages: "portability/consent", Ours: []string{"vocab", "actor", "portability"}, Never: outward},
		{Packages: "portability/remap", Ours: []string{"vocab"}, Never: outward},

		// Ends.
		{Packages: "actor/client", Ours: []string{"vocab", "actor", "webfinger", Internal}, Never: []string{"database/sql"}},
		{Packages: "vocab/expand", Ours: []string{"vocab", "internal/jsonld"}},
		{Packages: "vocab/ldsig", Ours: []string{"vocab", "actor", "internal/jsonld"}, Never: []string{"database/sql", "os/exec"}},
		{Packages: "vocab/gofed", Ours: []string{"vocab", "actor", "move"}},
		{Packages: "move/movesql", Ours: []string{"vocab", "actor", "move", "internal/sqldb"}, Never: network},
		{Packages: "backup", Ours: []string{"vocab", "actor", "portability", "backup/csvlist", Internal}, Never: outward},
		{Packages: "backup/csvlist", Ours: []string{"vocab", "actor", "portability", "webfinger"}, Never: outward},
		{Packages: "portability/lola", Ours: []string{"vocab", "actor", "actor/client", "webfinger", "portability", Internal}},
		{Packages: "portability/site", Ours: []string{"vocab", "actor", "portability", Internal}, Never: outward},
		{Packages: "portability/sqlstore", Ours: []string{"vocab", "actor", "portability", "portability/consent", "internal/sqldb"}, Never: network},
		{Packages: "portability/river", Ours: []string{"vocab", "actor", "portability"}},
		{Packages: "portability/blobdir", Ours: []string{"portability", Internal}, Never: outward},
		{Packages: "portability/blobs3", Ours: []string{"portability"}, Never: []string{"database/sql"}},
		{Packages: "portability/uriindex", Ours: []string{"vocab", "actor", "portability", Internal}, Never: outward},
		{Packages: "portability/redirect", Ours: []string{"vocab", "actor", "webfinger", "portability", "portability/consent", Internal}, Never: []string{"database/sql", "os/exec"}},
		{Packages: "portability/afterlife", Ours: []string{"vocab", "actor", "actor/client", "webfinger", "move", "portability", "portability/redirect", "portability/uriindex", Internal}, Never: []string{"database/sql", "os/exec"}},
		{Packages: "portability/closing", Ours: []string{"vocab", "actor", "portability", Internal}, Never: []string{"net/http", "os/exec"}},

		// Suites that others run over implementations of their own.
		{Packages: "move/movetest", Ours: []string{"vocab", "actor", "move"}},
		{Packages: "portability/portabilitytest", Ours: []string{"vocab", "actor", "portability", "portability/consent"}},
		// Internal.
		{Packages: "internal/arch"},
		{Packages: "internal/jsonfault", Never: network},
		{Packages: "internal/samples", Never: network},
		{Packages: "internal/sqldb", Never: network},
		{Packages: "internal/pgtest", Ours: []string{}},
		{Packages: "internal/safehttp", Never: []string{"database/sql"}},
		{Packages: "internal/httpsig", Never: []string{"database/sql"}},
		{Packages: "internal/jsonld", Ours: []string{"vocab"}},
		{Packages: "internal/container", Ours: []string{"internal/scratch"}, Never: append([]string{"database/sql", "os/exec"}, network...)},
		{Packages: "internal/capped", Ours: []string{}, Never: network},
		{Packages: "internal/mediatype", Ours: []string{}, Never: outward},
		{Packages: "internal/jsonitems", Ours: []string{}, Never: outward},
		{Packages: "internal/manifest", Ours: []string{}, Never: outward},
		{Packages: "internal/scratch", Ours: []string{}, Never: outward},
		{Packages: "internal/canonical", Ours: []string{"internal/container"}, Never: outward},
		{Packages: "internal/dialect", Ours: []string{"vocab", "actor", "portability", "backup/csvlist", Internal}, Never: outward},
		{Packages: "internal/vectors", Ours: []string{"vocab", "webfinger", "actor", "actor/client", "move", "vocab/ldsig", "portability", "portability/redirect", "*/vectors", "*/*/vectors", Internal}},
		{Packages: "internal/fediverse/...", Ours: []string{Public, Internal}},
		{Packages: "internal/bench", Ours: []string{Public, Internal}},
		{Packages: "internal/peer", Ours: []string{Public, Internal}},

		// Vectors are data.
		{Packages: "*/vectors", Never: outward},
		{Packages: "*/*/vectors", Never: outward},

		// Edges.
		{Packages: "cmd/...", Ours: []string{Public, Internal}},
		{Packages: "examples/...", Ours: []string{Public, Internal, "examples/internal/..."}},
		{Packages: "test/...", Ours: []string{Public, Internal}},
	}
}

// Fences returns where each module from outside may be used.
func Fences() []Fence {
	edges := []string{"cmd/...", "examples/..."}
	everywhere := []string{Public, Internal, "cmd/...", "examples/..."}
	return []Fence{
		{Module: "github.com/go-json-experiment/json", Importers: everywhere},
		{Module: "golang.org/x/sync", Importers: everywhere},
		{Module: "golang.org/x/time", Importers: everywhere},

		// It compiles for a minute, and one document can panic it: neither the
		// command nor the main job waits for it.
		{Module: "github.com/go-fed/activity",
			Importers: []string{"vocab/gofed", "examples/gofed/..."},
			Reachers:  []string{}},
		// Its default loader opens local files and the network.
		{Module: "github.com/piprate/json-gold",
			Importers: []string{"vocab/expand", "vocab/ldsig", "internal/jsonld"},
			Reachers:  append([]string{"internal/vectors", "internal/fediverse/...", "internal/peer"}, edges...)},
		// It checks neither digests nor clocks.
		{Module: "github.com/go-fed/httpsig", Importers: []string{"internal/httpsig"}},
		{Module: "github.com/dunglas/httpsfv", Importers: []string{"internal/httpsig", "actor/client"}},

		// gzip three times as fast as the standard library's, and zstd.
		{Module: "github.com/klauspost/compress", Importers: []string{"internal/container", "internal/canonical", "backup"}},
		// The manifest of FEP-6fcd is YAML.
		{Module: "go.yaml.in/yaml/v3", Importers: []string{"internal/manifest"}},
		// Keys in an archive are encrypted.
		{Module: "filippo.io/age", Importers: []string{"backup", "cmd/..."}},
		// Finds the links in HTML without touching what is around them.
		{Module: "golang.org/x/net", Importers: []string{"portability/remap"}},
		// PostgreSQL, and the queue that many processes share on it.
		{Module: "github.com/jackc/pgx/v5", Importers: append([]string{"portability/river", "internal/pgtest", "internal/bench"}, edges...),
			Reachers: append([]string{"portability/river", "internal/pgtest", "internal/bench"}, edges...)},
		{Module: "github.com/riverqueue/river", Importers: []string{"portability/river"}, Reachers: []string{"portability/river"}},
		{Module: "github.com/riverqueue/river/riverdriver/riverpgxv5", Importers: []string{"portability/river"}, Reachers: []string{"portability/river"}},
		{Module: "github.com/riverqueue/river/rivertype", Importers: []string{"portability/river"}, Reachers: []string{"portability/river"}},
		// S3 without any more of the cloud.
		{Module: "github.com/aws/aws-sdk-go-v2", Importers: []string{"portability/blobs3"}, Reachers: append([]string{"portability/blobs3"}, edges...)},
		{Module: "github.com/aws/aws-sdk-go-v2/service/s3", Importers: []string{"portability/blobs3"}, Reachers: append([]string{"portability/blobs3"}, edges...)},
		{Module: "github.com/aws/smithy-go", Importers: []string{"portability/blobs3"}, Reachers: append([]string{"portability/blobs3"}, edges...)},
		{Module: "github.com/johannesboyne/gofakes3", Reachers: []string{}},
		// Cleans the HTML of strangers.
		{Module: "github.com/microcosm-cc/bluemonday", Importers: []string{"portability/site"}},

		// Drivers are the host's choice.
		{Module: "modernc.org/sqlite",
			Importers: append([]string{"internal/fediverse"}, edges...),
			Reachers:  append([]string{"internal/fediverse/...", "internal/peer"}, edges...)},

		// What draws on a terminal.
		{Module: "golang.org/x/term", Importers: edges, Reachers: edges},
		{Module: "github.com/vbauerster/mpb/v8", Importers: []string{"cmd/..."}},

		// What tests use.
		{Module: "github.com/stretchr/testify",
			Importers: []string{"*/*test"},
			Reachers:  []string{"*/*test"}},
		{Module: "github.com/rogpeppe/go-internal", Reachers: []string{}},
		{Module: "pgregory.net/rapid", Importers: []string{"*/*test"}, Reachers: []string{}},
	}
}
