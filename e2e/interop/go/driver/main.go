// Command driver uses MongoDB's Go driver on the server whose connection string is in MONGODB_URI.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"holdfast/interop/check"
)

const database = "interop_go"

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	client, err := mongo.Connect(options.Client().ApplyURI(os.Getenv("MONGODB_URI")).SetServerSelectionTimeout(10 * time.Second))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer func() { _ = client.Disconnect(ctx) }()
	db := client.Database(database)

	check.That("signs in with SCRAM-SHA-256 and pings", func() error { return client.Ping(ctx, nil) })
	check.That("is refused with a wrong password", func() error { return wrongPassword(ctx) })
	check.That("gives documents back byte by byte", func() error { return bytesStayBytes(ctx, db) })
	check.That("reads 2,500 documents through a cursor, in order", func() error { return longCursor(ctx, db) })
	check.That("updates, upserts, replaces and deletes", func() error { return writes(ctx, db) })
	check.That("finds numbers of every type", func() error { return numbers(ctx, db) })
	check.That("enforces a unique index with code 11000", func() error { return uniqueIndex(ctx, db) })
	check.That("writes in bulk, unordered, past an error", func() error { return bulk(ctx, db) })
	check.That("reads at one moment in a snapshot session", func() error { return snapshotSession(ctx, client) })
	check.That("lists and drops what it made", func() error { return cleanUp(ctx, client) })
	check.Done()
}

func wrongPassword(ctx context.Context) error {
	wrong := options.Client().ApplyURI(os.Getenv("MONGODB_URI")).SetServerSelectionTimeout(5 * time.Second)
	wrong.Auth.Password += "x"
	client, err := mongo.Connect(wrong)
	if err != nil {
		return err
	}
	defer func() { _ = client.Disconnect(ctx) }()
	if err := client.Ping(ctx, nil); err == nil {
		return errors.New("the server let us in")
	}
	return nil
}

func bytesStayBytes(ctx context.Context, db *mongo.Database) error {
	decimal, err := bson.ParseDecimal128("1.10")
	if err != nil {
		return err
	}
	sent, err := bson.Marshal(bson.D{
		{Key: "_id", Value: bson.NewObjectID()},
		{Key: "int", Value: int32(1)}, {Key: "long", Value: int64(1)}, {Key: "double", Value: 1.0},
		{Key: "decimal", Value: decimal}, {Key: "text", Value: "Grüße \u0000 end"}, {Key: "null", Value: nil},
		{Key: "date", Value: bson.DateTime(-1)}, {Key: "timestamp", Value: bson.Timestamp{T: 1, I: 2}},
		{Key: "binary", Value: bson.Binary{Subtype: 4, Data: make([]byte, 16)}},
		{Key: "regex", Value: bson.Regex{Pattern: "^a", Options: "i"}}, {Key: "code", Value: bson.JavaScript("x")},
		{Key: "array", Value: bson.A{int32(1), bson.D{{Key: "b", Value: true}}}}, {Key: "min", Value: bson.MinKey{}},
		{Key: "z", Value: bson.D{}}, {Key: "a", Value: bson.A{}},
	})
	if err != nil {
		return err
	}
	collection := db.Collection("bytes")
	if _, err := collection.InsertOne(ctx, bson.Raw(sent)); err != nil {
		return err
	}
	received, err := collection.FindOne(ctx, bson.D{}).Raw()
	if err != nil {
		return err
	}
	if !bytes.Equal(sent, received) {
		return fmt.Errorf("sent %x, received %x", sent, []byte(received))
	}
	return nil
}

func longCursor(ctx context.Context, db *mongo.Database) error {
	collection := db.Collection("long")
	documents := make([]any, 2500)
	for i := range documents {
		documents[i] = bson.D{{Key: "_id", Value: i}, {Key: "group", Value: i % 7}}
	}
	if _, err := collection.InsertMany(ctx, documents); err != nil {
		return err
	}
	cursor, err := collection.Find(ctx, bson.D{}, options.Find().SetSort(bson.D{{Key: "_id", Value: -1}}).SetBatchSize(100))
	if err != nil {
		return err
	}
	defer func() { _ = cursor.Close(ctx) }()
	expected := len(documents)
	for cursor.Next(ctx) {
		expected--
		var document struct {
			ID int `bson:"_id"`
		}
		if err := cursor.Decode(&document); err != nil {
			return err
		}
		if document.ID != expected {
			return fmt.Errorf("got _id %d, want %d", document.ID, expected)
		}
	}
	counted, err := collection.CountDocuments(ctx, bson.D{{Key: "group", Value: 3}})
	return check.First(cursor.Err(), err, check.Equal("left over", expected, 0), check.Equal("count", counted, 357))
}

func writes(ctx context.Context, db *mongo.Database) error {
	collection := db.Collection("writes")
	byID := bson.D{{Key: "_id", Value: 1}}
	set := bson.D{{Key: "$set", Value: bson.D{{Key: "a.b", Value: 1}}}, {Key: "$inc", Value: bson.D{{Key: "n", Value: 2}}}}
	upserted, err := collection.UpdateOne(ctx, byID, set, options.UpdateOne().SetUpsert(true))
	if err != nil {
		return err
	}
	after := options.FindOneAndUpdate().SetReturnDocument(options.After)
	var updated bson.D
	push := bson.D{{Key: "$push", Value: bson.D{{Key: "list", Value: "x"}}}}
	if err := collection.FindOneAndUpdate(ctx, byID, push, after).Decode(&updated); err != nil {
		return err
	}
	replaced, err := collection.ReplaceOne(ctx, byID, bson.D{{Key: "only", Value: true}})
	if err != nil {
		return err
	}
	deleted, err := collection.DeleteMany(ctx, bson.D{})
	return check.First(
		err,
		check.Equal("upserted", upserted.UpsertedCount, 1),
		check.Equal("updated", updated, "{\"_id\":{\"$numberInt\":\"1\"},\"a\":{\"b\":{\"$numberInt\":\"1\"}},\"n\":{\"$numberInt\":\"2\"},\"list\":[\"x\"]}"),
		check.Equal("replaced", replaced.ModifiedCount, 1),
		check.Equal("deleted", deleted.DeletedCount, 1),
	)
}

func numbers(ctx context.Context, db *mongo.Database) error {
	decimal, err := bson.ParseDecimal128("5.0")
	if err != nil {
		return err
	}
	collection := db.Collection("numbers")
	for _, value := range []any{int32(5), int64(5), 5.0, decimal, "5", 6} {
		if _, err := collection.InsertOne(ctx, bson.D{{Key: "a", Value: value}}); err != nil {
			return err
		}
	}
	equal, err := collection.CountDocuments(ctx, bson.D{{Key: "a", Value: 5}})
	if err != nil {
		return err
	}
	greater, err := collection.CountDocuments(ctx, bson.D{{Key: "a", Value: bson.D{{Key: "$gte", Value: 5.0}}}})
	return check.First(err, check.Equal("equal to 5", equal, 4), check.Equal("at least 5", greater, 5))
}

func uniqueIndex(ctx context.Context, db *mongo.Database) error {
	collection := db.Collection("unique")
	model := mongo.IndexModel{Keys: bson.D{{Key: "email", Value: 1}}, Options: options.Index().SetUnique(true)}
	name, err := collection.Indexes().CreateOne(ctx, model)
	if err != nil {
		return err
	}
	if _, err := collection.InsertOne(ctx, bson.D{{Key: "email", Value: "a"}}); err != nil {
		return err
	}
	_, err = collection.InsertOne(ctx, bson.D{{Key: "email", Value: "a"}})
	if !mongo.IsDuplicateKeyError(err) {
		return fmt.Errorf("want a duplicate key error, got %v", err)
	}
	return check.Equal("index name", name, "email_1")
}

func bulk(ctx context.Context, db *mongo.Database) error {
	collection := db.Collection("bulk")
	insert := func(id int) mongo.WriteModel {
		return mongo.NewInsertOneModel().SetDocument(bson.D{{Key: "_id", Value: id}})
	}
	models := []mongo.WriteModel{insert(1), insert(1), insert(2),
		mongo.NewDeleteOneModel().SetFilter(bson.D{{Key: "_id", Value: 1}})}
	result, err := collection.BulkWrite(ctx, models, options.BulkWrite().SetOrdered(false))
	var exception mongo.BulkWriteException
	if !errors.As(err, &exception) {
		return fmt.Errorf("want a BulkWriteException, got %v", err)
	}
	return check.First(
		check.Equal("errors", len(exception.WriteErrors), 1),
		check.Equal("code", exception.WriteErrors[0].Code, 11000),
		check.Equal("inserted", result.InsertedCount, 2),
		check.Equal("deleted", result.DeletedCount, 1),
	)
}

func snapshotSession(ctx context.Context, client *mongo.Client) error {
	collection := client.Database(database).Collection("moment")
	if _, err := collection.InsertOne(ctx, bson.D{{Key: "_id", Value: 1}}); err != nil {
		return err
	}
	session, err := client.StartSession(options.Session().SetSnapshot(true))
	if err != nil {
		return err
	}
	defer session.EndSession(ctx)
	count := func(ctx context.Context) (int, error) {
		cursor, err := collection.Find(ctx, bson.D{})
		if err != nil {
			return 0, err
		}
		var found []bson.D
		err = cursor.All(ctx, &found)
		return len(found), err
	}
	inSession := mongo.NewSessionContext(ctx, session)
	before, err := count(inSession)
	if err != nil {
		return err
	}
	if _, err := collection.InsertOne(ctx, bson.D{{Key: "_id", Value: 2}}); err != nil {
		return err
	}
	during, err := count(inSession)
	if err != nil {
		return err
	}
	now, err := count(ctx)
	return check.First(err, check.Equal("before", before, 1), check.Equal("in the session", during, 1), check.Equal("now", now, 2))
}

func cleanUp(ctx context.Context, client *mongo.Client) error {
	names, err := client.Database(database).ListCollectionNames(ctx, bson.D{})
	if err != nil {
		return err
	}
	if len(names) != 7 {
		return fmt.Errorf("collections: %v", names)
	}
	if err := client.Database(database).Drop(ctx); err != nil {
		return err
	}
	databases, err := client.ListDatabaseNames(ctx, bson.D{{Key: "name", Value: database}})
	return check.First(err, check.Equal("databases left", len(databases), 0))
}
