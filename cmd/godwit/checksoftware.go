package main

import (
	"context"

	"codeberg.org/godwit/godwit/actor/client"
	"codeberg.org/godwit/godwit/vocab"
)

// softwareOf is what the server of an account says it runs (NodeInfo), or "" if
// it does not say.
func softwareOf(ctx context.Context, network *client.Client, id vocab.IRI) string {
	software, err := network.Software(ctx, id.Origin())
	if err != nil {
		return ""
	}
	return software.Name
}
