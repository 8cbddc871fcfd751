"""The numbers that an account rents at SignalWire."""

from maskline.carriers.desk import Desk
from maskline.carriers.signalwire import SIGNALWIRE
from maskline.carriers.twiml.numbers import IncomingNumbers

DESK: Desk = IncomingNumbers(SIGNALWIRE)
