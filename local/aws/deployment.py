"""The deployed template: its declarations as one value, so that tests can deploy another."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.aws import template
from local.aws.declarations import EventSourceMapping, Function, Queue, Route, Schedule
from local.gateway.gateway import Gateway

Handler = Callable[[Any, Any], Any]


def import_handler(function: Function) -> Handler:
    """The real handler, from functions/<folder>/app.py."""
    module = importlib.import_module(function.module)
    handler: Handler = getattr(module, function.handler.rpartition(".")[2])
    return handler


@dataclass(frozen=True)
class Deployment:
    functions: Mapping[str, Function]
    routes: tuple[Route, ...]
    gateway_responses: Mapping[str, Mapping[str, Any]]
    mappings: tuple[EventSourceMapping, ...]
    schedules: tuple[Schedule, ...]
    queues: tuple[Queue, ...]
    secrets: Mapping[str, Mapping[str, Any]]
    kms_keys: Mapping[str, Mapping[str, Any]]
    table_id: str
    table: Mapping[str, Any]
    ttl_attribute: str
    load: Callable[[Function], Handler] = import_handler
    resolve: Callable[[Any, Mapping[str, str]], Any] = template.resolve
    environment: Mapping[str, str] = field(default_factory=dict)

    def gateway(self) -> Gateway:
        """Its two APIs. UndeployableRouteError for a route that AWS would not make."""
        return Gateway(self.routes, self.gateway_responses)

    def environment_of(self, known: Mapping[str, str]) -> dict[str, str]:
        """All functions' variables in one: they share this process and agree where they overlap."""
        merged: dict[str, str] = {}
        for function in self.functions.values():
            for name, value in function.environment.items():
                merged[name] = str(self.resolve(value, known))
        return {**merged, **self.environment}


def from_template() -> Deployment:
    """The deployment that template.yaml declares."""
    return Deployment(
        functions=template.functions(),
        routes=tuple(template.routes()),
        gateway_responses=template.gateway_responses(),
        mappings=tuple(template.event_source_mappings()),
        schedules=tuple(template.schedules()),
        queues=tuple(template.queues()),
        secrets=template.resources("AWS::SecretsManager::Secret"),
        kms_keys=template.resources("AWS::KMS::Key"),
        table_id=template.table_id(),
        table=template.table_definition(),
        ttl_attribute=template.ttl_attribute(),
    )
