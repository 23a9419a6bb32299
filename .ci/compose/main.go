// Loads docker-compose.yml as docker compose does, and prints what it means as JSON: interpolated,
// merged, checked against the Compose Specification, with dependencies that exist.
//
// Usage: compose FILE [PROFILE…]
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	if err := load(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func load(path string, profiles []string) error {
	// The process's own environment alone: a developer's .env decides nothing here.
	options, err := cli.NewProjectOptions([]string{path}, cli.WithOsEnv, cli.WithProfiles(profiles))
	if err != nil {
		return err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(os.Stdout)
	return encoder.Encode(project)
}
