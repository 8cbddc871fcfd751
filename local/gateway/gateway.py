"""API Gateway's two APIs behind one address: clients' under its stage, the carriers' elsewhere."""

from collections.abc import Iterable

from local.aws.declarations import Route
from local.gateway.http_api import HttpApi
from local.gateway.invocation import Invocation
from local.gateway.messages import TOO_LARGE, HttpRequest, HttpResponse
from local.gateway.rest_api import Refusals, RestApi


class Gateway:
    """On AWS each API has a host of its own. UndeployableRouteError for what AWS would not make."""

    def __init__(self, routes: Iterable[Route], refusals: Refusals) -> None:
        declared = list(routes)
        self._http = HttpApi(route for route in declared if not route.stage)
        self._rest = {
            f"/{stage}/": RestApi(stage, [one for one in declared if one.stage == stage], refusals)
            for stage in {route.stage for route in declared if route.stage}
        }

    def invocation(self, request: HttpRequest) -> Invocation | HttpResponse:
        """Return what is to be invoked, or the answer to a request that is for no function."""
        for prefix, api in self._rest.items():
            if request.path.startswith(prefix):
                return api.invocation(request)
        return self._http.invocation(request)

    def too_large(self, path: str) -> HttpResponse:
        """Return the answer to a body beyond what API Gateway takes."""
        for prefix, api in self._rest.items():
            if path.startswith(prefix):
                return api.refusal("REQUEST_TOO_LARGE", 413, "Request Too Long")
        return TOO_LARGE
