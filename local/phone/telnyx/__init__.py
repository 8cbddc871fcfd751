"""Telnyx, simulated: its webhooks, its TeXML, its signature and its API."""

from local.phone.telnyx.dialect import Telnyx

TELNYX = Telnyx()
