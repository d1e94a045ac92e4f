"""Uses pymongo on the server of MONGODB_URI. Prints "ok NAME" or "not ok NAME # REASON" for each check."""

import datetime
import os
import sys

import bson
from bson.decimal128 import Decimal128
from bson.int64 import Int64
from bson.raw_bson import RawBSONDocument
from pymongo import ASCENDING, DeleteOne, InsertOne, MongoClient, ReturnDocument, UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError, OperationFailure

client = MongoClient(os.environ["MONGODB_URI"], serverSelectionTimeoutMS=10_000)
db = client["interop_pymongo"]
failures = 0


def check(name):
    def run(body):
        global failures
        try:
            body()
            print(f"ok {name}")
        except Exception as error:  # noqa: BLE001  any failure is the check's result
            failures += 1
            print(f"not ok {name} # {type(error).__name__}: {str(error)}".replace("\n", " "))

    return run


def equal(got, want):
    if got != want:
        raise AssertionError(f"got {got!r}, want {want!r}")


@check("connects, signs in, and sees a primary")
def _():
    equal(client.admin.command("ping")["ok"], 1.0)
    equal(client.admin.command("hello")["isWritablePrimary"], True)


@check("gives raw documents back byte by byte")
def _():
    raw = bson.encode(
        {
            "_id": bson.ObjectId(),
            "z": 1,
            "a": Int64(1),
            "d": Decimal128("1.10"),
            "date": datetime.datetime(1969, 1, 1),
            "text": "Grüße",
            "list": [1, [2, {"three": 3}]],
            "regex": bson.Regex("^a", "im"),
            "min": bson.MinKey(),
        }
    )
    db.raw.insert_one(RawBSONDocument(raw))
    options = bson.CodecOptions(document_class=RawBSONDocument)
    equal(db.get_collection("raw", codec_options=options).find_one().raw, raw)


@check("reads many batches in order")
def _():
    db.many.insert_many({"_id": i, "half": i // 2} for i in range(3000))
    equal([d["_id"] for d in db.many.find(batch_size=250).sort("_id", ASCENDING)], list(range(3000)))
    equal(db.many.count_documents({"half": {"$in": [0, 1]}}), 4)
    equal(sorted(db.many.distinct("half", {"_id": {"$lt": 6}})), [0, 1, 2])


@check("writes in bulk, ordered, up to the first error")
def _():
    requests = [
        InsertOne({"_id": 1}),
        UpdateOne({"_id": 1}, {"$set": {"a": 1}}),
        InsertOne({"_id": 1}),
        DeleteOne({"_id": 1}),
    ]
    try:
        db.bulk.bulk_write(requests)
    except BulkWriteError as error:
        equal(error.details["writeErrors"][0]["index"], 2)
        equal(error.details["writeErrors"][0]["code"], 11000)
    else:
        raise AssertionError("no error")
    equal(db.bulk.find_one(), {"_id": 1, "a": 1})


@check("find_one_and_update, upsert, array operators")
def _():
    found = db.lists.find_one_and_update(
        {"_id": 1},
        {"$push": {"n": {"$each": [3, 1, 2], "$sort": 1}}},
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    equal(found, {"_id": 1, "n": [1, 2, 3]})
    equal(db.lists.update_one({"_id": 1}, {"$pull": {"n": {"$gte": 2}}}).modified_count, 1)
    equal(db.lists.find_one({"n": 1}), {"_id": 1, "n": [1]})


@check("enforces a unique index")
def _():
    db.unique.create_index("email", unique=True)
    db.unique.insert_one({"email": "a"})
    try:
        db.unique.insert_one({"email": "a"})
    except DuplicateKeyError as error:
        equal(error.details["keyPattern"], {"email": 1})
    else:
        raise AssertionError("no error")
    equal(sorted(db.unique.index_information()), ["_id_", "email_1"])


@check("reads one moment in a snapshot session")
def _():
    db.moment.insert_one({"_id": 1})
    with client.start_session(snapshot=True) as session:
        equal(len(list(db.moment.find(session=session))), 1)
        db.moment.insert_one({"_id": 2})
        equal(len(list(db.moment.find(session=session))), 1)
    equal(db.moment.count_documents({}), 2)


@check("is refused what it does not know with MongoDB's codes")
def _():
    for command, code in (({"noSuchCommand": 1}, 59), ({"find": "raw", "filter": {"$noSuchOperator": 1}}, 2)):
        try:
            db.command(command)
        except OperationFailure as error:
            equal(error.code, code)
        else:
            raise AssertionError(f"{command} was accepted")


@check("drops its database")
def _():
    client.drop_database("interop_pymongo")
    equal("interop_pymongo" in client.list_database_names(), False)


sys.exit(1 if failures else 0)
