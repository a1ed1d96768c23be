package csvlist

// A Type says what the rows of a file mean. The words are stable.
type Type string

// The types of files.
const (
	Following      Type = "following"
	Followers      Type = "followers"
	Blocks         Type = "blocks"
	Mutes          Type = "mutes"
	Lists          Type = "lists"
	Bookmarks      Type = "bookmarks"
	BlockedDomains Type = "blocked-domains"
	AdminBlocks    Type = "admin-blocks" // domains that a server blocks
	AdminAllows    Type = "admin-allows" // domains that a server allows
)

// What a file is whose rows do not say what they are for. [Reader.Type] answers
// these; the caller settles them with [ReadOptions.Type].
const (
	Accounts Type = "accounts" // addresses: following, followers, blocks or mutes
	Domains  Type = "domains"  // blocked by an account, blocked by a server, or allowed
	URIs     Type = "uris"     // bookmarks, or accounts named by their URL
	Unknown  Type = ""         // no row that can be read
)

// Types returns every type that says what its rows are for.
func Types() []Type {
	return []Type{Following, Followers, Blocks, Mutes, Lists, Bookmarks, BlockedDomains, AdminBlocks, AdminAllows}
}

// Decided reports whether t says what its rows are for.
func (t Type) Decided() bool {
	return t != Accounts && t != Domains && t != URIs && t != Unknown
}

// shape is what the first cells of a type's rows look like.
func (t Type) shape() Type {
	switch t {
	case Following, Followers, Blocks, Mutes:
		return Accounts
	case BlockedDomains, AdminBlocks, AdminAllows:
		return Domains
	case Bookmarks:
		return URIs
	}
	return t
}

// columns are those of a file without a header.
func (t Type) columns() []string {
	switch t.shape() {
	case Lists:
		return []string{colList, colAccount}
	case Domains:
		return []string{colDomain}
	case URIs:
		return []string{colURI}
	}
	return []string{colAccount}
}
