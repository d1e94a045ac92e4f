// Command sdk drives MongoDB's Atlas Go SDK against a running portal: project, clusters, snapshot, restore, and the way
// back, with documents that it compares at the end.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"go.mongodb.org/atlas-sdk/v20250312020/admin"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"holdfast/interop/check"
)

const (
	newCluster = "interop-target"
	database   = "interop_sdk"
	pollEvery  = 300 * time.Millisecond
)

// journey is what one check hands to the next.
type journey struct {
	sdk           *admin.APIClient
	source        *mongo.Client
	orgID         string
	sourceGroup   string
	sourceCluster string
	flexGroup     string
	flexCluster   string
	groupID       string
	snapshotID    string
	before        []bson.Raw
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	j, err := connect()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer func() { _ = j.source.Disconnect(ctx) }()

	check.That("asks for the system's status", func() error { return j.status(ctx) })
	check.That("refuses a wrong private key", func() error { return j.wrongKey(ctx) })
	check.That("finds its organization", func() error { return j.organization(ctx) })
	check.That("creates a project and finds it by name", func() error { return j.createProject(ctx) })
	check.That("creates a cluster and waits until it is idle", func() error { return j.createCluster(ctx) })
	check.That("probes flex and cluster paths by their codes", func() error { return j.probe(ctx) })
	check.That("takes a snapshot and polls it", func() error { return j.takeSnapshot(ctx) })
	check.That("restores it to the new cluster and polls the job", func() error { return j.restoreAcross(ctx) })
	check.That("is told why a restore to a missing cluster is refused", func() error { return j.refusedRestore(ctx) })
	check.That("brings the changed documents back through the new cluster", func() error { return j.wayBack(ctx) })
	check.That("deletes snapshot, cluster and project", func() error { return j.cleanUp(ctx) })
	check.Done()
}

func connect() (*journey, error) {
	sdk, err := admin.NewClient(
		admin.UseDigestAuth(os.Getenv("PUBLIC_KEY"), os.Getenv("PRIVATE_KEY")),
		admin.UseBaseURL(os.Getenv("PORTAL_URL")),
	)
	if err != nil {
		return nil, err
	}
	source, err := mongo.Connect(options.Client().ApplyURI(os.Getenv("SOURCE_URI")))
	return &journey{
		sdk: sdk, source: source, orgID: os.Getenv("ORG_ID"),
		sourceGroup: os.Getenv("SOURCE_GROUP"), sourceCluster: os.Getenv("SOURCE_CLUSTER"),
		flexGroup: os.Getenv("FLEX_GROUP"), flexCluster: os.Getenv("FLEX_CLUSTER"),
	}, err
}

func (j *journey) status(ctx context.Context) error {
	status, _, err := j.sdk.RootApi.GetSystemStatus(ctx).Execute()
	if err != nil {
		return err
	}
	return check.First(
		check.Equal("appName", status.AppName, "MongoDB Atlas"),
		check.Equal("public key", status.ApiKey.PublicKey, os.Getenv("PUBLIC_KEY")),
	)
}

func (j *journey) wrongKey(ctx context.Context) error {
	sdk, err := admin.NewClient(
		admin.UseDigestAuth(os.Getenv("PUBLIC_KEY"), "00000000-0000-4000-8000-000000000000"),
		admin.UseBaseURL(os.Getenv("PORTAL_URL")),
	)
	if err != nil {
		return err
	}
	_, response, err := sdk.RootApi.GetSystemStatus(ctx).Execute()
	if err == nil {
		return errors.New("let in")
	}
	return check.Equal("status", response.StatusCode, http.StatusUnauthorized)
}

func (j *journey) organization(ctx context.Context) error {
	list, _, err := j.sdk.OrganizationsApi.ListOrgs(ctx).Execute()
	if err != nil {
		return err
	}
	for _, org := range list.GetResults() {
		if org.GetId() == j.orgID {
			_, _, err := j.sdk.OrganizationsApi.GetOrg(ctx, j.orgID).Execute()
			return err
		}
	}
	return fmt.Errorf("%s is not among %d organizations", j.orgID, list.GetTotalCount())
}

func (j *journey) createProject(ctx context.Context) error {
	name := fmt.Sprintf("interop %d", time.Now().UnixNano())
	group, _, err := j.sdk.ProjectsApi.CreateGroup(ctx, &admin.Group{Name: name, OrgId: j.orgID}).Execute()
	if err != nil {
		return err
	}
	j.groupID = group.GetId()
	found, _, err := j.sdk.ProjectsApi.GetGroupByName(ctx, name).Execute()
	if err != nil {
		return err
	}
	_, _, err = j.sdk.ProjectsApi.CreateGroup(ctx, &admin.Group{Name: name, OrgId: j.orgID}).Execute()
	return check.First(
		check.Equal("id by name", found.GetId(), j.groupID),
		wantCode(err, "GROUP_ALREADY_EXISTS"),
	)
}

func (j *journey) createCluster(ctx context.Context) error {
	wanted := &admin.ClusterDescription20240805{
		Name: admin.PtrString(newCluster), ClusterType: admin.PtrString("REPLICASET"),
		MongoDBMajorVersion: admin.PtrString("8.0"), BackupEnabled: admin.PtrBool(true),
		ReplicationSpecs: &[]admin.ReplicationSpec20240805{{RegionConfigs: &[]admin.CloudRegionConfig20240805{{
			ProviderName: admin.PtrString("AWS"), RegionName: admin.PtrString("EU_WEST_1"), Priority: admin.PtrInt(7),
			ElectableSpecs: &admin.HardwareSpec20240805{InstanceSize: admin.PtrString("M10"), NodeCount: admin.PtrInt(3)},
		}}}},
	}
	created, response, err := j.sdk.ClustersApi.CreateCluster(ctx, j.groupID, wanted).Execute()
	if err != nil {
		return err
	}
	err = check.First(
		check.Equal("status", response.StatusCode, http.StatusCreated),
		check.Equal("state", created.GetStateName(), "CREATING"),
	)
	if err != nil {
		return err
	}
	return poll(ctx, func() (bool, error) {
		cluster, _, err := j.sdk.ClustersApi.GetCluster(ctx, j.groupID, newCluster).Execute()
		if err != nil {
			return false, err
		}
		specs := cluster.GetReplicationSpecs()
		size := specs[0].GetRegionConfigs()[0].ElectableSpecs.GetInstanceSize()
		return cluster.GetStateName() == "IDLE", check.Equal("instance size", size, "M10")
	})
}

func (j *journey) probe(ctx context.Context) error {
	_, _, dedicatedAsFlex := j.sdk.FlexClustersApi.GetFlexCluster(ctx, j.groupID, newCluster).Execute()
	_, _, flexAsDedicated := j.sdk.ClustersApi.GetCluster(ctx, j.flexGroup, j.flexCluster).Execute()
	_, _, missing := j.sdk.ClustersApi.GetCluster(ctx, j.groupID, "nothing").Execute()
	_, _, missingFlex := j.sdk.FlexClustersApi.GetFlexCluster(ctx, j.groupID, "nothing").Execute()
	_, _, snapshots := j.sdk.FlexSnapshotsApi.ListFlexBackupSnapshots(ctx, j.groupID, newCluster).Execute()
	flex, _, err := j.sdk.FlexClustersApi.GetFlexCluster(ctx, j.flexGroup, j.flexCluster).Execute()
	if err != nil {
		return err
	}
	return check.First(
		wantCode(dedicatedAsFlex, "CANNOT_USE_NON_FLEX_CLUSTER_IN_FLEX_API"),
		wantCode(flexAsDedicated, "CANNOT_USE_FLEX_CLUSTER_IN_CLUSTER_API"),
		wantCode(missing, "CLUSTER_NOT_FOUND"),
		wantCode(missingFlex, "CLUSTER_NOT_FOUND"),
		wantCode(snapshots, "CANNOT_USE_NON_FLEX_CLUSTER_IN_FLEX_API"),
		check.Equal("provider", flex.ProviderSettings.GetProviderName(), "FLEX"),
	)
}

func (j *journey) takeSnapshot(ctx context.Context) error {
	documents := make([]any, 500)
	for i := range documents {
		documents[i] = bson.D{{Key: "_id", Value: i}, {Key: "text", Value: fmt.Sprintf("document %d", i)}, {Key: "n", Value: float64(i) / 3}}
	}
	collection := j.source.Database(database).Collection("documents")
	// What a run that was cut left behind.
	if err := collection.Drop(ctx); err != nil {
		return err
	}
	if _, err := collection.InsertMany(ctx, documents); err != nil {
		return err
	}
	before, err := j.documents(ctx)
	if err != nil {
		return err
	}
	j.before = before
	id, err := j.snapshot(ctx, j.sourceGroup, j.sourceCluster)
	j.snapshotID = id
	return err
}

// snapshot takes one of a cluster and waits for it.
func (j *journey) snapshot(ctx context.Context, groupID, cluster string) (string, error) {
	wanted := &admin.DiskBackupOnDemandSnapshotRequest{Description: admin.PtrString("interop"), RetentionInDays: admin.PtrInt(1)}
	queued, _, err := j.sdk.CloudBackupsApi.TakeSnapshots(ctx, groupID, cluster, wanted).Execute()
	if err != nil {
		return "", err
	}
	err = poll(ctx, func() (bool, error) {
		snapshot, _, err := j.sdk.CloudBackupsApi.GetClusterBackupSnapshot(ctx, groupID, cluster, queued.GetId()).Execute()
		if err != nil {
			return false, err
		}
		if snapshot.GetStatus() == "failed" {
			return false, errors.New("the snapshot failed")
		}
		return snapshot.GetStatus() == "completed", nil
	})
	if err != nil {
		return "", err
	}
	list, _, err := j.sdk.CloudBackupsApi.ListBackupSnapshots(ctx, groupID, cluster).Execute()
	if err != nil {
		return "", err
	}
	newest := list.GetResults()[0]
	return queued.GetId(), check.Equal("newest of the list", newest.GetId(), queued.GetId())
}

func (j *journey) restoreAcross(ctx context.Context) error {
	return j.restore(ctx, j.sourceGroup, j.sourceCluster, j.snapshotID, j.groupID, newCluster)
}

// restore starts an automated restore and waits until it has finished.
func (j *journey) restore(ctx context.Context, groupID, cluster, snapshotID, targetGroup, target string) error {
	wanted := &admin.DiskBackupSnapshotRestoreJob{
		DeliveryType: "automated", SnapshotId: &snapshotID, TargetGroupId: &targetGroup, TargetClusterName: &target,
	}
	job, _, err := j.sdk.CloudBackupsApi.CreateBackupRestoreJob(ctx, groupID, cluster, wanted).Execute()
	if err != nil {
		return err
	}
	return poll(ctx, func() (bool, error) {
		job, _, err := j.sdk.CloudBackupsApi.GetBackupRestoreJob(ctx, groupID, cluster, job.GetId()).Execute()
		if err != nil {
			return false, err
		}
		if job.GetFailed() || job.GetCancelled() || job.GetExpired() {
			return false, errors.New("the restore failed")
		}
		return job.FinishedAt != nil, nil
	})
}

func (j *journey) refusedRestore(ctx context.Context) error {
	missing := "nothing"
	wanted := &admin.DiskBackupSnapshotRestoreJob{
		DeliveryType: "automated", SnapshotId: &j.snapshotID, TargetGroupId: &j.groupID, TargetClusterName: &missing,
	}
	_, _, err := j.sdk.CloudBackupsApi.CreateBackupRestoreJob(ctx, j.sourceGroup, j.sourceCluster, wanted).Execute()
	return wantCode(err, "CLUSTER_NOT_FOUND")
}

// wayBack spoils the source, and restores it from a snapshot of the cluster that it was restored to.
func (j *journey) wayBack(ctx context.Context) error {
	collection := j.source.Database(database).Collection("documents")
	if _, err := collection.DeleteMany(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$lt", Value: 100}}}}); err != nil {
		return err
	}
	spoil := bson.D{{Key: "$set", Value: bson.D{{Key: "text", Value: "spoiled"}}}}
	if _, err := collection.UpdateMany(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$gte", Value: 400}}}}, spoil); err != nil {
		return err
	}
	snapshotID, err := j.snapshot(ctx, j.groupID, newCluster)
	if err != nil {
		return err
	}
	if err := j.restore(ctx, j.groupID, newCluster, snapshotID, j.sourceGroup, j.sourceCluster); err != nil {
		return err
	}
	after, err := j.documents(ctx)
	if err != nil {
		return err
	}
	if err := check.Equal("documents", len(after), len(j.before)); err != nil {
		return err
	}
	for i := range after {
		if err := check.Equal(fmt.Sprintf("document %d", i), after[i], j.before[i]); err != nil {
			return err
		}
	}
	return nil
}

func (j *journey) documents(ctx context.Context) ([]bson.Raw, error) {
	byID := options.Find().SetSort(bson.D{{Key: "_id", Value: 1}})
	cursor, err := j.source.Database(database).Collection("documents").Find(ctx, bson.D{}, byID)
	if err != nil {
		return nil, err
	}
	var found []bson.Raw
	err = cursor.All(ctx, &found)
	return found, err
}

func (j *journey) cleanUp(ctx context.Context) error {
	_, err := j.sdk.CloudBackupsApi.DeleteClusterBackupSnapshot(ctx, j.sourceGroup, j.sourceCluster, j.snapshotID).Execute()
	if err != nil {
		return err
	}
	_, _, err = j.sdk.CloudBackupsApi.GetClusterBackupSnapshot(ctx, j.sourceGroup, j.sourceCluster, j.snapshotID).Execute()
	if err := wantCode(err, "SNAPSHOT_NOT_FOUND"); err != nil {
		return err
	}
	_, occupied := j.sdk.ProjectsApi.DeleteGroup(ctx, j.groupID).Execute()
	if err := wantCode(occupied, "CANNOT_CLOSE_GROUP_ACTIVE_ATLAS_CLUSTERS"); err != nil {
		return err
	}
	if _, err := j.sdk.ClustersApi.DeleteCluster(ctx, j.groupID, newCluster).Execute(); err != nil {
		return err
	}
	err = poll(ctx, func() (bool, error) {
		_, _, err := j.sdk.ClustersApi.GetCluster(ctx, j.groupID, newCluster).Execute()
		if err == nil {
			return false, nil
		}
		return true, wantCode(err, "CLUSTER_NOT_FOUND")
	})
	if err != nil {
		return err
	}
	if _, err := j.sdk.ProjectsApi.DeleteGroup(ctx, j.groupID).Execute(); err != nil {
		return err
	}
	_, _, err = j.sdk.ProjectsApi.GetGroup(ctx, j.groupID).Execute()
	return check.First(wantCode(err, "GROUP_NOT_FOUND"), j.source.Database(database).Collection("documents").Drop(ctx))
}

// poll asks until the answer is true or an error.
func poll(ctx context.Context, ask func() (bool, error)) error {
	for {
		done, err := ask()
		if done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pollEvery):
		}
	}
}

func wantCode(err error, code string) error {
	if admin.IsErrorCode(err, code) {
		return nil
	}
	return fmt.Errorf("want %s, got %v", code, err)
}
