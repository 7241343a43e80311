// Package v4 holds the two structures of the Go SDK that the provider's Helm component reads.
package v4

import (
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// RepositoryOpts says where a Helm chart comes from.
type RepositoryOpts struct {
	CaFile   pulumi.AssetOrArchive `pulumi:"caFile"`
	CertFile pulumi.AssetOrArchive `pulumi:"certFile"`
	KeyFile  pulumi.AssetOrArchive `pulumi:"keyFile"`
	Password *string               `pulumi:"password"`
	Repo     *string               `pulumi:"repo"`
	Username *string               `pulumi:"username"`
}

// ElementType makes RepositoryOpts a RepositoryOptsInput.
func (RepositoryOpts) ElementType() reflect.Type {
	return reflect.TypeFor[RepositoryOpts]()
}

// RepositoryOptsInput is an input of RepositoryOpts.
type RepositoryOptsInput interface{ pulumi.Input }

// PostRenderer is a command that rewrites what a Helm chart rendered.
type PostRenderer struct {
	Args    []string `pulumi:"args"`
	Command string   `pulumi:"command"`
}

// ElementType makes PostRenderer a PostRendererInput.
func (PostRenderer) ElementType() reflect.Type {
	return reflect.TypeFor[PostRenderer]()
}

// PostRendererInput is an input of PostRenderer.
type PostRendererInput interface{ pulumi.Input }
