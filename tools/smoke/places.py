"""The stacks on which the steps are tried: that of `make run`, or a deployed one."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

from local.phone.call import stack_info
from local.stack.seed import Urls
from tools.operator import operate
from tools.operator.preflight import NotReadyError, place
from tools.smoke.client import exchange

# Long enough ago for any run, and for a clock that is wrong.
_HOUR_MS = 3_600_000
_TAKEN = '{ $.event = "callback_attempted" && $.outcome = "delivered" && $.session_uuid = "%s" }'


class Place(Protocol):
    """`table` is what the store needs in the environment, `parameters` are the deployed values."""

    @property
    def is_local(self) -> bool: ...
    @property
    def name(self) -> str: ...
    @property
    def api(self) -> str: ...
    @property
    def table(self) -> Mapping[str, str]: ...
    @property
    def parameters(self) -> Mapping[str, str]: ...

    def provision(self, order: Mapping[str, Any]) -> Urls:
        """Have the operator's function carry out an order. Raises NotReadyError.

        Return the URLs to give to each carrier.
        """

    def now_ms(self) -> int:
        """The time by the stack's clock."""

    def let_pass(self, seconds: float) -> None:
        """Return when the stack's clock is so much later."""

    def taken(self, session_uuid: str) -> int | None:
        """Count the callbacks of a session that were taken; None where nothing tells."""


@dataclass(frozen=True)
class LocalPlace:
    """The stack at `url`, whose clock is moved instead of waited for."""

    url: str
    is_local = True
    parameters: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def _info(self) -> dict[str, Any]:
        try:
            return stack_info(self.url)
        except OSError as error:
            raise NotReadyError(
                f"No local stack at {self.url} ({error}). Start one with: make run"
            ) from None

    @property
    def name(self) -> str:
        return f"The local stack at {self._info['api']}"

    @property
    def api(self) -> str:
        return str(self._info["api"])

    @property
    def table(self) -> Mapping[str, str]:
        known: dict[str, str] = self._info["table"]
        return known

    def provision(self, order: Mapping[str, Any]) -> Urls:
        here = self._info["carriers"]
        carriers = [one | {"api_url": here[one["carrier"]]["api_url"]} for one in order["carriers"]]
        changed = {**order, "carriers": carriers}
        answer = exchange("POST", f"{self.url}/local/functions/provision_account", changed)
        if answer.status != 200:
            raise NotReadyError(f"The order was refused: {answer.content}")
        urls: Urls = answer.content["carriers"]
        return urls

    def now_ms(self) -> int:
        return self._moved(0)

    def let_pass(self, seconds: float) -> None:
        self._moved(seconds)

    def _moved(self, seconds: float) -> int:
        answer = exchange("POST", f"{self.url}/local/clock", {"advance_seconds": seconds})
        now = datetime.fromisoformat(answer.expect(200, "The clock")["now"])
        return int(now.timestamp()) * 1000

    def taken(self, session_uuid: str) -> int | None:  # noqa: ARG002 # that of AWS has a log
        return None


@dataclass(frozen=True)
class AwsPlace:
    """A stack by its outputs."""

    session: Any
    stack: str
    is_local = False

    @cached_property
    def _described(self) -> Any:
        return operate.described(self.session, self.stack)

    def _output(self, name: str) -> str:
        outputs = operate.outputs_of(self._described)
        if name not in outputs:
            raise NotReadyError(f"The stack {self.stack} has no output {name}: deploy it first.")
        return outputs[name]

    @property
    def name(self) -> str:
        return place(self.session, self.stack)

    @property
    def api(self) -> str:
        return self._output("ApiUrl")

    @property
    def table(self) -> Mapping[str, str]:
        return {
            "TABLE_NAME": self._output("TableName"),
            "DEPLOYMENT_SECRET_ARN": self._output("DeploymentSecretArn"),
            "AWS_DEFAULT_REGION": self.session.region_name,
        }

    @property
    def parameters(self) -> Mapping[str, str]:
        listed = self._described.get("Parameters", [])
        return {one["ParameterKey"]: one["ParameterValue"] for one in listed}

    def provision(self, order: Mapping[str, Any]) -> Urls:
        payload = json.dumps(order).encode()
        answer = operate.run(self.session, self.stack, "ProvisionAccountFunction", payload)
        urls: Urls = json.loads(answer)["carriers"]
        return urls

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def let_pass(self, seconds: float) -> None:
        time.sleep(seconds)

    def taken(self, session_uuid: str) -> int | None:
        """By the log of the function that posts them."""
        pages = (
            self.session.client("logs")
            .get_paginator("filter_log_events")
            .paginate(
                logGroupName=self._log_of_callbacks,
                startTime=self.now_ms() - _HOUR_MS,
                filterPattern=_TAKEN % session_uuid,
            )
        )
        return sum(len(page["events"]) for page in pages)

    @cached_property
    def _log_of_callbacks(self) -> str:
        [found] = self.session.client("cloudformation").describe_stack_resources(
            StackName=self.stack, LogicalResourceId="DeliverCallbackFunction"
        )["StackResources"]
        configuration = self.session.client("lambda").get_function_configuration(
            FunctionName=found["PhysicalResourceId"]
        )
        return str(configuration["LoggingConfig"]["LogGroup"])
