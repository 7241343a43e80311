// Pulumi-resource-kubernetes is Pulumi's Kubernetes provider: the plugin's own main, less the code generator that it expects.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

// Both files are copied out of the provider's module before it is built (local/toolchain/tools.ts).

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var terraformMapping []byte

func main() {
	// The schema as published has a version, as kept in the module it has none.
	schema = append([]byte(`{"version":"`+version.Version+`",`), schema[1:]...)
	provider.Serve("kubernetes", version.Version, schema, terraformMapping)
}
