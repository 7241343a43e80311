// Volume-provisioner makes a directory of this machine for every PersistentVolumeClaim of a one-node cluster.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

// directories provisions volumes of type local, not hostPath: the kubelet gives only a local volume to the pod's fsGroup,
// and a pod that is not root could not write to the other.
type directories struct{ root string }

func (d directories) Provision(_ context.Context, options controller.ProvisionOptions) (
	*core.PersistentVolume, controller.ProvisioningState, error,
) {
	directory := filepath.Join(d.root, options.PVName)
	if err := os.MkdirAll(directory, 0o770); err != nil {
		return nil, controller.ProvisioningFinished, fmt.Errorf("make the volume's directory: %w", err)
	}
	return &core.PersistentVolume{
		ObjectMeta: meta.ObjectMeta{Name: options.PVName},
		Spec: core.PersistentVolumeSpec{
			AccessModes:                   options.PVC.Spec.AccessModes,
			Capacity:                      core.ResourceList{core.ResourceStorage: options.PVC.Spec.Resources.Requests[core.ResourceStorage]},
			PersistentVolumeReclaimPolicy: *options.StorageClass.ReclaimPolicy,
			PersistentVolumeSource:        core.PersistentVolumeSource{Local: &core.LocalVolumeSource{Path: directory}},
			NodeAffinity:                  onlyOn(options.SelectedNodeName),
		},
	}, controller.ProvisioningFinished, nil
}

func (d directories) Delete(_ context.Context, volume *core.PersistentVolume) error {
	// The name, not the path in the object: an edited PersistentVolume must not name a directory to delete.
	return os.RemoveAll(filepath.Join(d.root, filepath.Base(volume.Name)))
}

func onlyOn(node string) *core.VolumeNodeAffinity {
	return &core.VolumeNodeAffinity{Required: &core.NodeSelector{NodeSelectorTerms: []core.NodeSelectorTerm{{
		MatchExpressions: []core.NodeSelectorRequirement{
			{Key: core.LabelHostname, Operator: core.NodeSelectorOpIn, Values: []string{node}},
		},
	}}}}
}

func main() {
	name := flag.String("provisioner", "", "the provisioner that StorageClasses name")
	root := flag.String("root", "", "the directory that holds the volumes")
	kubeconfig := flag.String("kubeconfig", "", "how to reach the API server")
	flag.Parse()
	if err := serve(*name, *root, *kubeconfig); err != nil {
		fmt.Fprintf(os.Stderr, "volume-provisioner: %v\n", err)
		os.Exit(1)
	}
}

func serve(name, root, kubeconfig string) error {
	if name == "" || !filepath.IsAbs(root) {
		return fmt.Errorf("needs --provisioner NAME and --root with an absolute directory")
	}
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	provisioner := controller.NewProvisionController(
		ctx, client, name, directories{root},
		controller.LeaderElection(false), // the only one, on the only node
	)
	provisioner.Run(ctx)
	return nil
}
