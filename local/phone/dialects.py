"""The carriers whose language the telephone network speaks."""

from collections.abc import Mapping

from local.phone.dialect import Dialect
from local.phone.jambonz import JAMBONZ
from local.phone.plivo import PLIVO
from local.phone.signalwire import SIGNALWIRE
from local.phone.telnyx import TELNYX
from local.phone.twilio import TWILIO
from local.phone.vonage import VONAGE

_SPOKEN: tuple[Dialect, ...] = (PLIVO, TWILIO, TELNYX, SIGNALWIRE, VONAGE, JAMBONZ)
DIALECTS: Mapping[str, Dialect] = {dialect.name: dialect for dialect in _SPOKEN}
