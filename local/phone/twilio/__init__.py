"""Twilio, simulated: its webhooks, its TwiML, its signature and its API."""

from local.phone.twilio.dialect import Twilio

TWILIO = Twilio()
