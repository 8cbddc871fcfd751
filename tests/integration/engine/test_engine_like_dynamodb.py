"""The engine under the tests refuses and does what DynamoDB refuses and does.

Where it were laxer, an offence of ours would pass every test and fail on AWS. Most rules are in
docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html; docs/local-and-aws.md
says what no engine on one machine shows.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.aws.engine import Engine

TABLE = "conformance"
KB = 1024
MB = 1024 * KB
Item = dict[str, Any]


@pytest.fixture(scope="module")
def client(running_engine: Engine) -> Any:
    return running_engine.client("dynamodb")


@pytest.fixture(autouse=True)
def table(client: Any) -> Iterator[Any]:
    keys = ("PK", "SK", "group", "order")
    client.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "N" if name == "order" else "S"}
            for name in keys
        ],
        KeySchema=_key_schema("PK", "SK"),
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_group",
                "KeySchema": _key_schema("group", "order"),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    yield
    client.delete_table(TableName=TABLE)


def _key_schema(hash_key: str, range_key: str) -> list[Item]:
    return [
        {"AttributeName": hash_key, "KeyType": "HASH"},
        {"AttributeName": range_key, "KeyType": "RANGE"},
    ]


def item(name: str, **attributes: Any) -> Item:
    return {"PK": {"S": name}, "SK": {"S": "x"}} | attributes


def put(name: str, condition: str = "", **attributes: Any) -> Item:
    """A Put of a transaction, or its like for a single write."""
    request: Item = {"TableName": TABLE, "Item": item(name, **attributes)}
    if condition:
        request["ConditionExpression"] = condition
        request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return request


def refusal(operation: Callable[..., Any], **request: Any) -> ClientError:
    with pytest.raises(ClientError) as error:
        operation(**request)
    return error.value


def code(error: ClientError) -> str:
    return error.response["Error"]["Code"]


def reasons(error: ClientError) -> list[Any]:
    answer: Any = error.response
    return list(answer["CancellationReasons"])


def names_of(client: Any) -> set[str]:
    return {found["PK"]["S"] for found in client.scan(TableName=TABLE)["Items"]}


# --- Transactions ---------------------------------------------------------------------------------
# docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html has the words.


def test_a_repeated_token_applies_a_transaction_once(client: Any) -> None:
    """ClientRequestToken: "multiple identical calls have the same effect as one single call"."""
    actions = [{"Put": put("a", "attribute_not_exists(PK)")}]

    for _ in range(2):
        client.transact_write_items(TransactItems=actions, ClientRequestToken="token")

    assert names_of(client) == {"a"}


def test_a_token_is_good_for_one_transaction(client: Any) -> None:
    """IdempotentParameterMismatchException: "a change in other parameters"."""
    client.transact_write_items(TransactItems=[{"Put": put("a")}], ClientRequestToken="mine")

    error = refusal(
        client.transact_write_items, TransactItems=[{"Put": put("b")}], ClientRequestToken="mine"
    )

    assert code(error) == "IdempotentParameterMismatchException"
    assert names_of(client) == {"a"}


def test_reasons_are_in_the_order_of_the_actions(client: Any) -> None:
    """TransactionCanceledException: "If you use ... items in the same order as the request"."""
    client.put_item(**put("taken", colour={"S": "red"}))

    error = refusal(
        client.transact_write_items,
        TransactItems=[
            {"Put": put("free", "attribute_not_exists(PK)")},
            {"Put": put("taken", "attribute_not_exists(PK)")},
            {"Put": put("gone", "attribute_exists(PK)")},
        ],
    )

    assert code(error) == "TransactionCanceledException"
    assert [reason["Code"] for reason in reasons(error)] == [
        "None",
        "ConditionalCheckFailed",
        "ConditionalCheckFailed",
    ]
    # ReturnValuesOnConditionCheckFailure: the item as it stands, or nothing where there is none.
    assert [reason.get("Item") for reason in reasons(error)] == [
        None,
        item("taken", colour={"S": "red"}),
        None,
    ]
    assert names_of(client) == {"taken"}


def test_a_failed_condition_gives_nothing_unasked(client: Any) -> None:
    """ReturnValuesOnConditionCheckFailure is NONE by default."""
    client.put_item(**put("taken"))
    action = put("taken", "attribute_not_exists(PK)")
    del action["ReturnValuesOnConditionCheckFailure"]

    error = refusal(client.transact_write_items, TransactItems=[{"Put": action}])

    assert "Item" not in reasons(error)[0]


def test_a_single_write_gives_back_what_stood_in_its_way(client: Any) -> None:
    """docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html."""
    client.put_item(**put("taken", colour={"S": "red"}))

    error = refusal(client.put_item, **put("taken", "attribute_not_exists(PK)"))

    answer: Any = error.response
    assert code(error) == "ConditionalCheckFailedException"
    assert answer["Item"] == item("taken", colour={"S": "red"})


def test_no_item_is_twice_in_a_transaction(client: Any) -> None:
    """ "No two actions can target the same item": "cannot both ConditionCheck and Update"."""
    check = {
        "TableName": TABLE,
        "Key": item("a"),
        "ConditionExpression": "attribute_not_exists(PK)",
    }

    error = refusal(
        client.transact_write_items, TransactItems=[{"Put": put("a")}, {"ConditionCheck": check}]
    )

    assert code(error) == "ValidationException"
    assert names_of(client) == set()


def test_a_transaction_has_at_most_a_hundred_actions(client: Any) -> None:
    """ "Groups up to 100 action requests"."""
    actions = [{"Put": put(str(number))} for number in range(101)]

    client.transact_write_items(TransactItems=actions[:100])

    assert code(refusal(client.transact_write_items, TransactItems=actions)) == (
        "ValidationException"
    )


def test_a_transaction_has_at_most_four_megabytes(client: Any) -> None:
    """ "The aggregate size of the items in the transaction cannot exceed 4 MB"."""
    actions = [{"Put": put(str(number), text={"S": "x" * 390 * KB})} for number in range(11)]

    client.transact_write_items(TransactItems=actions[:10])

    assert code(refusal(client.transact_write_items, TransactItems=actions)) == (
        "ValidationException"
    )


# --- Items and values -----------------------------------------------------------------------------


def test_an_item_has_at_most_400_kilobytes(client: Any) -> None:
    """Constraints, "Items": names count as well as values."""
    spare = 400 * KB - len("PK") - len("SK") - len("a") - len("x") - len("text")

    client.put_item(**put("a", text={"S": "x" * spare}))

    error = refusal(client.put_item, **put("a", text={"S": "x" * (spare + 1)}))
    assert code(error) == "ValidationException"


def test_an_update_makes_no_item_larger_than_that(client: Any) -> None:
    client.put_item(**put("a", text={"S": "x" * 300 * KB}))

    error = refusal(
        client.update_item,
        TableName=TABLE,
        Key=item("a"),
        UpdateExpression="SET more = :more",
        ExpressionAttributeValues={":more": {"S": "x" * 101 * KB}},
    )

    assert code(error) == "ValidationException"


@pytest.mark.parametrize(
    "keys",
    [
        {"PK": {"S": ""}},
        {"SK": {"S": ""}},
        {"PK": {"S": "x" * 2049}},
        {"SK": {"S": "x" * 1025}},
        {"PK": {"N": "1"}},
        {"group": {"S": ""}, "order": {"N": "1"}},
        {"group": {"N": "1"}, "order": {"N": "1"}},
        {"group": {"S": "g"}, "order": {"S": "1"}},
        {"group": {"NULL": True}, "order": {"N": "1"}},
    ],
    ids=lambda keys: str(keys)[:30],
)
def test_keys_have_their_type_and_length(client: Any, keys: Item) -> None:
    """Constraints, "Partition keys and sort keys": of the table and of its indexes, too."""
    request = {"TableName": TABLE, "Item": item("a", **keys)}

    assert code(refusal(client.put_item, **request)) == "ValidationException"
    transaction = refusal(client.transact_write_items, TransactItems=[{"Put": request}])
    assert code(transaction) in {"ValidationException", "TransactionCanceledException"}
    assert names_of(client) == set()


def test_an_update_gives_an_index_no_key_of_another_type(client: Any) -> None:
    update = {
        "TableName": TABLE,
        "Key": item("a"),
        "UpdateExpression": "SET #group = :empty",
        "ExpressionAttributeNames": {"#group": "group"},
        "ExpressionAttributeValues": {":empty": {"S": ""}},
    }

    assert code(refusal(client.update_item, **update)) == "ValidationException"
    assert code(refusal(client.transact_write_items, TransactItems=[{"Update": update}])) in {
        "ValidationException",
        "TransactionCanceledException",
    }


def test_numbers_have_38_digits(client: Any) -> None:
    """Constraints, "Data types": up to 38 digits of precision."""
    client.put_item(**put("a", number={"N": "9" * 38}))

    assert client.get_item(TableName=TABLE, Key=item("a"))["Item"]["number"] == {"N": "9" * 38}
    error = refusal(client.put_item, **put("a", number={"N": "9" * 39}))
    assert code(error) == "ValidationException"


def test_a_set_is_never_empty(client: Any) -> None:
    """Constraints, "Data types"; empty texts are allowed where they are no key."""
    client.put_item(**put("a", text={"S": ""}))

    assert code(refusal(client.put_item, **put("a", texts={"SS": []}))) == "ValidationException"


# --- Expressions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "expression",
    [
        # docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html
        {"UpdateExpression": "SET status = :v"},
        {"UpdateExpression": "SET a = :v, a = :v"},
        {"UpdateExpression": "SET #a = :v, a.b = :v", "ExpressionAttributeNames": {"#a": "a"}},
        {"UpdateExpression": "SET a = if_not_exists(b, :v) REMOVE c, a"},
        {"UpdateExpression": "SET a = :v SET b = :v"},
        {"UpdateExpression": "SET a = :v, REMOVE b"},
        {"UpdateExpression": "SET PK = :v"},
        {"UpdateExpression": "SET a = :v REMOVE #sk", "ExpressionAttributeNames": {"#sk": "SK"}},
        {"UpdateExpression": "SET a = :v", "ConditionExpression": "ttl = :v"},
        {"UpdateExpression": "SET a = :undefined"},
        {"UpdateExpression": "SET a = :v", "ConditionExpression": ""},
        {"UpdateExpression": "SET a = :v", "ExpressionAttributeNames": {"#unused": "b"}},
        {"UpdateExpression": "SET #ab = :v", "ExpressionAttributeNames": {"#ab": "b", "#a": "a"}},
        {
            "UpdateExpression": "SET a = :v2",
            "ExpressionAttributeValues": {":v": {"S": "v"}, ":v2": {"S": "v"}},
        },
        {"UpdateExpression": "REMOVE a"},
        # Constraints, "Expression parameters": at most 4 KB.
        {
            "UpdateExpression": "SET a = :v",
            "ConditionExpression": " OR ".join(["attribute_exists(a)"] * 200),
        },
        {"UpdateExpression": "SET a.b.c = :v"},
    ],
    ids=str,
)
def test_an_expression_is_refused(client: Any, expression: Item) -> None:
    """Reserved words, overlapping paths, keys, what is undefined, unused or too long."""
    client.put_item(**put("a"))
    request = {
        "TableName": TABLE,
        "Key": item("a"),
        "ExpressionAttributeValues": {":v": {"S": "v"}},
    } | expression

    assert code(refusal(client.update_item, **request)) == "ValidationException"
    transaction = refusal(client.transact_write_items, TransactItems=[{"Update": request}])
    assert code(transaction) in {"ValidationException", "TransactionCanceledException"}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("nowhere <= :five", False),
        ("nowhere = :five", False),
        ("nowhere <> :five", True),
        ("SK < :five", False),
        ("SK <> :five", True),
        ("NOT SK < :five", True),
    ],
)
def test_a_comparison_is_of_what_is_there_and_of_one_type(
    client: Any, condition: str, holds: bool
) -> None:
    """docs.aws.amazon.com/amazondynamodb/latest/developerguide/
    Expressions.OperatorsAndFunctions.html."""
    client.put_item(**put("a"))
    request = put("a") | {
        "ConditionExpression": condition,
        "ExpressionAttributeValues": {":five": {"N": "5"}},
    }

    if holds:
        client.put_item(**request)
    else:
        error = refusal(client.put_item, **request)
        assert code(error) == "ConditionalCheckFailedException"


def test_a_removed_attribute_cannot_be_counted_up_unless_a_start_is_given(client: Any) -> None:
    """docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions:
    `SET n = n + :v` needs the attribute; ADD and if_not_exists do not."""
    values = {":one": {"N": "1"}}
    request = {"TableName": TABLE, "Key": item("a"), "ExpressionAttributeValues": values}

    error = refusal(client.update_item, **request, UpdateExpression="SET n = n + :one")
    assert code(error) == "ValidationException"
    client.update_item(**request, UpdateExpression="ADD n :one")
    client.update_item(**request, UpdateExpression="SET n = if_not_exists(n, :one) + :one")
    assert client.get_item(TableName=TABLE, Key=item("a"))["Item"]["n"] == {"N": "2"}


# --- Reads ----------------------------------------------------------------------------------------


def test_a_page_ends_at_a_megabyte(client: Any) -> None:
    """docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html."""
    for number in range(4):
        row = {"PK": {"S": "a"}, "SK": {"S": str(number)}, "text": {"S": "x" * 300 * KB}}
        client.put_item(TableName=TABLE, Item=row)
    request: Item = {
        "TableName": TABLE,
        "KeyConditionExpression": "PK = :a",
        "ExpressionAttributeValues": {":a": {"S": "a"}},
    }

    page = client.query(**request)
    rest = client.query(**request, ExclusiveStartKey=page["LastEvaluatedKey"])

    # The megabyte is that of what is read, before any filter.
    filtered = client.query(**request, FilterExpression="attribute_exists(colour)")
    assert (page["Count"], rest["Count"]) == (3, 1)
    assert (filtered["Count"], filtered["ScannedCount"]) == (0, 3)
    assert "LastEvaluatedKey" in filtered


def test_a_limit_counts_what_is_read_before_the_filter(client: Any) -> None:
    """docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html."""
    for number in range(3):
        client.put_item(TableName=TABLE, Item={"PK": {"S": "a"}, "SK": {"S": str(number)}})

    page = client.query(
        TableName=TABLE,
        KeyConditionExpression="PK = :a",
        FilterExpression="attribute_exists(colour)",
        ExpressionAttributeValues={":a": {"S": "a"}},
        Limit=2,
    )

    assert (page["Count"], page["ScannedCount"]) == (0, 2)
    assert page["LastEvaluatedKey"]["SK"] == {"S": "1"}


def test_an_index_is_never_read_consistently(client: Any) -> None:
    """docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html."""
    error = refusal(
        client.query,
        TableName=TABLE,
        IndexName="by_group",
        KeyConditionExpression="#group = :g",
        ExpressionAttributeNames={"#group": "group"},
        ExpressionAttributeValues={":g": {"S": "g"}},
        ConsistentRead=True,
    )

    assert code(error) == "ValidationException"


def test_an_index_has_whole_keys_and_what_it_projects(client: Any) -> None:
    """docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html: others are not in it."""
    client.put_item(**put("in", group={"S": "g"}, order={"N": "1"}, colour={"S": "red"}))
    client.put_item(**put("out", group={"S": "g"}, colour={"S": "red"}))

    found = client.query(
        TableName=TABLE,
        IndexName="by_group",
        KeyConditionExpression="#group = :g",
        ExpressionAttributeNames={"#group": "group"},
        ExpressionAttributeValues={":g": {"S": "g"}},
    )["Items"]

    assert found == [item("in", group={"S": "g"}, order={"N": "1"})]


def test_a_batch_of_reads_has_at_most_a_hundred_keys_and_none_twice(client: Any) -> None:
    """docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html."""
    keys = [item(str(number)) for number in range(101)]

    client.batch_get_item(RequestItems={TABLE: {"Keys": keys[:100]}})

    for refused in (keys, [keys[0], keys[0]]):
        error = refusal(client.batch_get_item, RequestItems={TABLE: {"Keys": refused}})
        assert code(error) == "ValidationException"


def test_a_query_filters_by_no_key_of_what_it_reads(client: Any) -> None:
    """API_Query.html: "cannot define a filter condition based on a partition key or a sort key"."""
    request: Item = {
        "TableName": TABLE,
        "KeyConditionExpression": "PK = :a",
        "ExpressionAttributeValues": {":a": {"S": "a"}},
    }

    assert code(refusal(client.query, **request, FilterExpression="SK = :a")) == (
        "ValidationException"
    )
    client.query(**request, FilterExpression="attribute_exists(colour.SK) AND colour <> :a")


# --- Streams --------------------------------------------------------------------------------------


def test_the_stream_has_each_change_once_in_order_with_both_images(
    client: Any, running_engine: Engine
) -> None:
    """docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html: "appear in the same
    sequence as the actual modifications to the item"; what changes nothing writes no record."""
    red, blue = {"S": "red"}, {"S": "blue"}
    client.put_item(**put("a", colour=red))
    client.put_item(**put("a", colour=red))
    client.put_item(**put("a", colour=blue))
    client.delete_item(TableName=TABLE, Key=item("a"))
    client.delete_item(TableName=TABLE, Key=item("a"))

    records = _records(client, running_engine)

    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    images = [record["dynamodb"] for record in records]
    assert [image.get("OldImage", {}).get("colour") for image in images] == [None, red, blue]
    assert [image.get("NewImage", {}).get("colour") for image in images] == [red, blue, None]
    numbers = [int(image["SequenceNumber"]) for image in images]
    assert numbers == sorted(set(numbers))
    assert all(image["Keys"] == item("a") for image in images)


def _records(client: Any, engine: Engine) -> list[Any]:
    streams = engine.client("dynamodbstreams")
    arn = client.describe_table(TableName=TABLE)["Table"]["LatestStreamArn"]
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    start = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )
    return list(streams.get_records(ShardIterator=start["ShardIterator"])["Records"])
