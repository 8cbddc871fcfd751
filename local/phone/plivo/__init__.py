"""Plivo, simulated: its webhooks, its XML, its signature and its API."""

from local.phone.plivo.dialect import Plivo

PLIVO = Plivo()
