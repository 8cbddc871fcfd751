"""The numbers that an account rents at Twilio."""

from maskline.carriers.desk import Desk
from maskline.carriers.twilio import TWILIO
from maskline.carriers.twiml.numbers import IncomingNumbers

DESK: Desk = IncomingNumbers(TWILIO, cleared=("VoiceApplicationSid", "TrunkSid"))
