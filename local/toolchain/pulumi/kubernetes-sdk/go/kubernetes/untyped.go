// Package kubernetes holds the one type of the Go SDK that Pulumi's Kubernetes provider builds resources from.
package kubernetes

import "reflect"

// UntypedArgs is a Kubernetes object as plain values: the input of a resource of any kind.
type UntypedArgs map[string]any

// ElementType makes UntypedArgs a pulumi.Input of itself.
func (UntypedArgs) ElementType() reflect.Type {
	return reflect.TypeFor[map[string]any]()
}
