"""The one logger. Log lines carry an `event` word that the template's metric filters count.

No phone number, token or raw webhook is ever logged: log session and call ids, and numbers only
through `domain.phone_numbers.mask_number`.
"""

from aws_lambda_powertools import Logger

logger = Logger()
