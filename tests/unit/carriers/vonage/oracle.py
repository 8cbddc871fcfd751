"""What Vonage's own SDK says of a call control object: its models, taken strictly.

The SDK passes over what it does not know; here an action must come out of its model as it went in.
The rules of its documentation that the models leave out are checked besides.
"""

import json
from typing import Any

from vonage_voice.models import ncco

MODELS = {
    "connect": ncco.Connect,
    "input": ncco.Input,
    "notify": ncco.Notify,
    "record": ncco.Record,
    "stream": ncco.Stream,
    "talk": ncco.Talk,
    "wait": ncco.Wait,
}
Action = dict[str, Any]


def read_ncco(content_type: str, body: bytes) -> list[Action]:
    """Return the actions of a document. Raises for one that Vonage would not follow."""
    assert content_type == "application/json"
    actions: list[Action] = json.loads(body)
    assert isinstance(actions, list)
    assert actions
    for action in actions:
        _check(action)
    for action, following in zip(actions, [*actions[1:], {}], strict=True):
        assert not action.get("bargeIn") or following.get("action") == "input"
    return actions


def _check(action: Action) -> None:
    given = {{"from": "from_"}.get(name, name): value for name, value in action.items()}
    known = MODELS[action["action"]](**given)
    assert known.model_dump(mode="json", by_alias=True, exclude_none=True) == action
    for name in ("eventUrl", "streamUrl", "endpoint"):
        assert len(action.get(name, [None])) == 1
    if "eventUrl" in action:
        assert action["eventMethod"] == "POST"
    if action["action"] == "connect":
        assert action["from"]
    if action["action"] == "wait":
        assert 0.1 <= action["timeout"] <= 7200
