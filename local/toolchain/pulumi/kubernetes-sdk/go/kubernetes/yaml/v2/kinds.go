// Package v2 registers Kubernetes objects of any kind, untyped.
package v2

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// IsListKind says whether an object of this kind is a list of others. No kind of Kubernetes' own ends in List and is none.
func IsListKind(_, kind string) bool {
	return strings.HasSuffix(kind, "List")
}

// RegisterResource registers one object under the type that the typed SDK would give it, with its properties as they are.
func RegisterResource(
	ctx *pulumi.Context, apiVersion, kind, name string, props pulumi.Input, opts ...pulumi.ResourceOption,
) (pulumi.CustomResource, error) {
	if !strings.Contains(apiVersion, "/") {
		apiVersion = "core/" + apiVersion // the group that Kubernetes leaves unnamed has a name in Pulumi
	}
	resource := new(pulumi.CustomResourceState)
	if err := ctx.RegisterResource("kubernetes:"+apiVersion+":"+kind, name, props, resource, opts...); err != nil {
		return nil, err
	}
	return resource, nil
}
