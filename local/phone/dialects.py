"""The carriers whose language the telephone network speaks."""

from collections.abc import Mapping

from local.phone.dialect import Dialect
from local.phone.plivo import PLIVO
from local.phone.vonage import VONAGE

DIALECTS: Mapping[str, Dialect] = {dialect.name: dialect for dialect in (PLIVO, VONAGE)}
