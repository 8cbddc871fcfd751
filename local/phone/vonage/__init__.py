"""Vonage, simulated: its call control objects, its webhooks and its APIs."""

from local.phone.vonage.dialect import Vonage

VONAGE = Vonage()
