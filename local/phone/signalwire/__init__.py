"""SignalWire, simulated: its webhooks, its cXML, its signature and its API."""

from local.phone.signalwire.dialect import SignalWire

SIGNALWIRE = SignalWire()
