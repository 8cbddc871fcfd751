"""New data keys for all accounts. What is sealed under the old ones stays readable."""

from functools import partial

from maskline import carriers
from maskline.services.retrying import until_written
from maskline.store.accounts import accounts


def rotate_keys() -> int:
    """Rotate the keys of every account that can have sessions; how many those are.

    Without credentials at a carrier an account has no numbers, so there is nobody to seal.
    """
    account_ids = {one for name in carriers.NAMES for one in accounts.list_account_ids(name)}
    for account_id in sorted(account_ids):
        until_written(partial(accounts.rotate_keys, account_id))
    return len(account_ids)
