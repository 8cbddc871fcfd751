"""The URLs that a client may give for callbacks: those that will be called as they stand."""

from typing import Annotated, Any

from pydantic import AfterValidator, ValidationInfo, WithJsonSchema

from maskline.api import fields
from maskline.domain.sessions.callback_urls import ForbiddenTargetError, TargetRules


def _deliverable(value: str, info: ValidationInfo) -> str:
    """Callbacks go to https only, or in the local stack to this machine; "" is no URL."""
    if not value:
        return value
    deployment: Any = info.context
    is_local_stack = deployment.allow_loopback_callbacks
    url = fields.as_url(value)
    is_local = url is not None and is_local_stack and fields.is_loopback(url)
    if url is not None and url.scheme != "https" and not is_local:
        fields.refuse(info, "should use https")
    try:
        TargetRules.of(deployment.own_urls, allow_loopback=is_local_stack).checked_url(value)
    except ForbiddenTargetError as error:
        fields.refuse(info, f"cannot be called: {error}")
    return value


CallbackUrl = Annotated[
    fields.Url, AfterValidator(_deliverable), WithJsonSchema(fields.url_schema("https"))
]
