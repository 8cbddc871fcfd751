"""Table, queues, streams and schedules, as SAM translates them from template.yaml."""

import json
from collections import Counter
from typing import Any

import pytest

from local.aws import template
from local.aws.declarations import EventSourceMapping, Queue
from local.sources.streams import MOST_READERS
from maskline.store import keys

FUNCTIONS = template.functions()
SIX_TIMES = 6
SQS_MOST_RECEIVES = 1000
LAMBDA_AT_ONCE = 1000
FOURTEEN_DAYS = 14 * 24 * 3600


# Table


def _table() -> dict[str, Any]:
    resource: dict[str, Any] = template.load_template()["Resources"][template.table_id()]
    return resource


def test_table_survives_mistakes() -> None:
    properties = _table()["Properties"]

    assert _table()["DeletionPolicy"] == "Retain"
    assert _table()["UpdateReplacePolicy"] == "Retain"
    assert template.resolve(properties["DeletionProtectionEnabled"], {}) == "true"
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_table_is_encrypted_with_our_own_key() -> None:
    encryption = _table()["Properties"]["SSESpecification"]

    assert encryption["SSEEnabled"] is True
    assert encryption["SSEType"] == "KMS"
    assert encryption["KMSMasterKeyId"] == {"Fn::GetAtt": ["TableKey", "Arn"]}


def test_table_expires_items_and_streams_both_images() -> None:
    assert template.ttl_attribute() == "ttl"
    assert template.table_definition()["StreamSpecification"] == {
        "StreamEnabled": True,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }


def test_table_declares_each_key_attribute_once_and_no_other() -> None:
    definition = template.table_definition()
    schemas = [definition, *definition["GlobalSecondaryIndexes"]]
    keys = {key["AttributeName"] for schema in schemas for key in schema["KeySchema"]}

    declared = [attribute["AttributeName"] for attribute in definition["AttributeDefinitions"]]

    assert sorted(declared) == sorted(keys)


def test_indexes_are_keyed_by_shards_or_by_party() -> None:
    indexes = template.table_definition()["GlobalSecondaryIndexes"]

    hashes = {index["IndexName"]: index["KeySchema"][0]["AttributeName"] for index in indexes}

    assert hashes == {
        "sessions_by_account": "account_shard",
        "sessions_by_first_party": "first_party_list",
        "sessions_by_second_party": "second_party_list",
        "sessions_by_expiry": "expiry_shard",
        "routes_by_number": "number_shard",
        "greetings_by_number": "greeting_shard",
        "calls_by_number": "call_shard",
    }


# Queues, streams, schedules


def _queue(logical_id: str) -> Queue:
    (queue,) = (queue for queue in template.queues() if queue.logical_id == logical_id)
    return queue


def test_callbacks_stay_in_order_within_their_session_only() -> None:
    queue = _queue("CallbackQueue")

    assert queue.is_fifo
    assert queue.attributes["DeduplicationScope"] == "messageGroup"
    assert queue.attributes["FifoThroughputLimit"] == "perMessageGroupId"


def test_given_up_callbacks_wait_for_replay() -> None:
    queue = _queue("CallbackQueue")

    assert queue.max_receive_count == SQS_MOST_RECEIVES
    assert queue.dead_letter_queue == "CallbackDeadLetterQueue"
    assert _queue("CallbackDeadLetterQueue").is_fifo


@pytest.mark.parametrize("queue", template.queues(), ids=lambda queue: queue.logical_id)
def test_queue_is_encrypted_and_keeps_messages_as_long_as_it_can(queue: Queue) -> None:
    assert queue.attributes["SqsManagedSseEnabled"] == "true"
    assert int(queue.attributes["MessageRetentionPeriod"]) == FOURTEEN_DAYS


@pytest.mark.parametrize("name", ["CallbackQueue", "CallOrderQueue"])
def test_a_message_is_hidden_while_its_function_may_still_run(name: str) -> None:
    (mapping,) = (mapping for mapping in template.event_source_mappings() if mapping.source == name)

    hidden = int(_queue(name).attributes["VisibilityTimeout"])

    assert hidden >= SIX_TIMES * FUNCTIONS[mapping.function].timeout
    assert mapping.batch_size == 1


@pytest.mark.parametrize(
    "mapping", template.event_source_mappings(), ids=lambda mapping: mapping.logical_id
)
def test_batches_fail_item_by_item(mapping: EventSourceMapping) -> None:
    assert mapping.reports_item_failures
    for pattern in mapping.filters:
        assert isinstance(json.loads(pattern), dict)


def _mapping(folder: str) -> EventSourceMapping:
    (mapping,) = (
        mapping
        for mapping in template.event_source_mappings()
        if FUNCTIONS[mapping.function].folder == folder
    )
    return mapping


def test_no_event_is_ever_left_out_of_a_session() -> None:
    properties = _mapping("publish_events").properties

    # Absent means without end: a record put aside would break the order of its session's events.
    assert "MaximumRetryAttempts" not in properties
    assert "MaximumRecordAgeInSeconds" not in properties
    assert "DestinationConfig" not in properties
    assert properties["BisectBatchOnFunctionError"] is True


def test_every_write_of_a_session_is_looked_at_for_events() -> None:
    events, *_ = (json.loads(pattern) for pattern in _mapping("publish_events").filters)

    assert events == {
        "eventName": ["INSERT", "MODIFY"],
        "dynamodb": {"NewImage": {"item": {"S": ["session"]}}},
    }


def test_every_order_of_a_call_is_looked_at_once() -> None:
    _, orders, _ = (json.loads(pattern) for pattern in _mapping("publish_events").filters)

    assert orders == {
        "eventName": ["INSERT"],
        "dynamodb": {"NewImage": {"item": {"S": ["order"]}}},
    }


def test_no_stream_has_more_readers_than_aws_allows() -> None:
    """A shard that more than two processes read is throttled, and its events are late.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html:
    LimitExceededException, "More than 2 processes are reading from the same streams shard".
    """
    sources = Counter(mapping.source for mapping in template.event_source_mappings())
    streams = {source: readers for source, readers in sources.items() if "Queue" not in source}

    assert streams == {template.table_id(): 2}
    assert streams[template.table_id()] <= MOST_READERS


def test_an_order_waits_for_no_other_and_leaves_room_for_calls_that_come_in() -> None:
    mapping = _mapping("place_call")

    assert mapping.source == "CallOrderQueue"
    assert not _queue("CallOrderQueue").is_fifo
    assert mapping.batch_size == 1
    assert mapping.properties["ScalingConfig"]["MaximumConcurrency"] < LAMBDA_AT_ONCE / 10


def test_the_collector_s_deletions_and_routes_that_change_hands_recover_a_timeout() -> None:
    mapping = _mapping("recover_timeouts")
    pattern, taken_over, _ = (json.loads(pattern) for pattern in mapping.filters)

    assert taken_over == {
        "eventName": ["MODIFY"],
        "dynamodb": {"OldImage": {"item": {"S": ["route"]}}},
    }
    assert pattern["eventName"] == ["REMOVE"]
    assert pattern["userIdentity"] == {
        "type": ["Service"],
        "principalId": ["dynamodb.amazonaws.com"],
    }
    assert pattern["dynamodb"] == {"OldImage": {"item": {"S": ["route"]}}}
    assert mapping.properties["DestinationConfig"]["OnFailure"]["Destination"] == {
        "Fn::GetAtt": ["RecoverFailuresQueue", "Arn"]
    }


def test_each_reader_of_the_stream_is_invoked_with_the_heartbeat() -> None:
    mappings = template.event_source_mappings()
    readers = [one for one in mappings if one.source == template.table_id()]

    assert readers
    for reader in readers:
        assert json.loads(reader.filters[-1]) == {
            "dynamodb": {"NewImage": {"item": {"S": ["heartbeat"]}}}
        }


def test_a_stream_or_queue_is_read_with_its_function_s_own_role() -> None:
    for mapping in template.event_source_mappings():
        needed = "sqs:ReceiveMessage" if "Queue" in mapping.source else "dynamodb:GetRecords"
        source = mapping.properties["EventSourceArn"]

        assert [
            statement
            for statement in FUNCTIONS[mapping.function].statements
            if needed in statement["Action"] and statement["Resource"] == source
        ]


def test_sessions_are_swept_numbers_replaced_and_people_erased_every_minute() -> None:
    schedules = template.schedules()

    seconds = {FUNCTIONS[schedule.function].folder: schedule.seconds for schedule in schedules}
    assert seconds == dict.fromkeys(
        ("carry_out_erasures", "expire_sessions", "replace_numbers"), 60
    )
    for schedule in schedules:
        assert FUNCTIONS[schedule.function].timeout < schedule.seconds


def test_a_run_that_fails_is_not_repeated_beside_the_next() -> None:
    """The rule's own policy ends where Lambda's queue begins, which repeats twice in six hours."""
    configs = template.resources("AWS::Lambda::EventInvokeConfig").values()
    once = {one["FunctionName"]["Ref"] for one in configs if not one["MaximumRetryAttempts"]}

    assert {one.function for one in template.schedules()} | {"RotateKeysFunction"} == once
    assert {one.retries for one in template.schedules()} == {0}
    assert {one["MaximumEventAgeInSeconds"] for one in configs} == {60}


def test_each_shard_of_the_expiry_index_is_swept_by_one_schedule() -> None:
    sweeps = [
        schedule
        for schedule in template.schedules()
        if FUNCTIONS[schedule.function].folder == "expire_sessions"
    ]

    assert sorted(schedule.event["shards"] for schedule in sweeps) == [
        [shard] for shard in keys.ALL_SHARDS
    ]
    # One that is missing is noticed.
    alarm = template.resources("AWS::CloudWatch::Alarm")["SweepStoppedAlarm"]
    assert alarm["Threshold"] == len(sweeps)


# Names


def test_no_two_regions_share_a_name_of_the_whole_account() -> None:
    """Dashboards have one: a second Region's stack would fail, or take the first one's away."""
    [dashboard] = template.resources("AWS::CloudWatch::Dashboard").values()

    assert dashboard["DashboardName"] == {"Fn::Sub": "${AWS::StackName}-${AWS::Region}"}
    assert not [one for one in template.resources("AWS::IAM::Role").values() if "RoleName" in one]
