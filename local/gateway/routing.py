"""Find the route of an API that a request is for, by API Gateway's rules."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from local.aws.declarations import Route

_PARAMETER = re.compile(r"\{(\w+)(\+?)\}")


class UndeployableRouteError(Exception):
    """AWS makes no such route."""


@dataclass(frozen=True)
class Match:
    """`parameters` are the parts of the path, encoded as they came."""

    route: Route
    parameters: dict[str, str] = field(default_factory=dict)


class Router:
    """Full matches win over greedy ones, literal segments over parameters, a method over ANY.

    UndeployableRouteError for a route that ends in a slash: an HTTP API has none (the import of
    the document leaves it out), and of a REST API's the permission names another path.
    github.com/aws/serverless-application-model/issues/1949 and 665
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = sorted(((route, _pattern(route.path)) for route in routes), key=_rank)

    def match(self, method: str, path: str) -> Match | None:
        for route, pattern in self._routes:
            found = pattern.fullmatch(path)
            if found and route.method in (method.upper(), "ANY"):
                return Match(route, found.groupdict())
        return None


def _pattern(path: str) -> re.Pattern[str]:
    if path.endswith("/"):
        raise UndeployableRouteError(path)
    parts = _PARAMETER.split(path)
    texts, names, greedy = parts[::3], parts[1::3], parts[2::3]
    groups = [
        f"(?P<{name}>{'.+' if plus else '[^/]+'})" for name, plus in zip(names, greedy, strict=True)
    ]
    return re.compile(
        "".join(re.escape(text) + group for text, group in zip(texts, [*groups, ""], strict=True)),
        re.S,
    )


def _rank(entry: tuple[Route, re.Pattern[str]]) -> tuple[bool, int, bool]:
    route, _ = entry
    return "+}" in route.path, len(_PARAMETER.findall(route.path)), route.method == "ANY"
