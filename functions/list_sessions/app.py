"""GET /v1/Account/{auth_id}/Masking/Session: list sessions, newest first."""

from maskline import clock, config
from maskline.api.http import ApiRequest, Response, api_handler, json_response
from maskline.api.pagination import page_request
from maskline.api.sessions.list_links import meta, place_of
from maskline.api.sessions.list_query import session_filter
from maskline.api.sessions.response import listed_session_object, sessions_path
from maskline.api.shapes import SessionList
from maskline.deployment_keys import fetch_secret
from maskline.domain.accounts import Client
from maskline.entry.call_links import call_urls
from maskline.entry.startup import prepare
from maskline.services.sessions.read import list_sessions
from maskline.store.accounts.accounts import get_account


@api_handler(get_account)
def handler(request: ApiRequest, client: Client) -> Response:
    now = clock.now_ms()
    page = page_request(request.query)
    place = place_of(page)
    wanted = session_filter(
        request.query,
        client,
        # Pages that are linked show the same window, however long the client takes.
        now=place.cursor.as_of if place.cursor else now,
        retention_days=config.settings().retention_days,
    )
    found = list_sessions(client, wanted, place)
    call_url = call_urls(client.owner_id)
    objects = [
        listed_session_object(view.session, view.interactions, now=now, call_url=call_url)
        for view in found.views
    ]
    path = sessions_path(client.path_id)
    answer: SessionList = {
        "api_id": request.api_id,
        "response": {
            "meta": meta(page, path, found.total_count, found.links),
            "objects": objects,
        },
    }
    return json_response(200, answer)


prepare(fetch_secret)
