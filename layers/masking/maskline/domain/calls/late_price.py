"""Calls whose carrier says only later what they cost."""

from maskline.domain.calls.interaction import Interaction

# After the end of a call. Most carriers know its price within minutes, and none promises when.
_CHECKS_SECONDS = (120, 600, 3600, 6 * 3600, 24 * 3600)


def awaits_price(interaction: Interaction) -> bool:
    """Tell if the carrier will know what a leg cost that has no price yet."""
    return interaction.caller.is_priced_later or interaction.callee.is_priced_later


def price_due_at(interaction: Interaction) -> int | None:
    """Return the instant at which to ask the carrier what a call cost.

    None while its end is still awaited, if the price is known, and once nobody asks any more.
    """
    ended_at, checks = interaction.ended_at, interaction.price_checks
    if ended_at is None or interaction.overdue_at is not None or not awaits_price(interaction):
        return None
    return ended_at + _CHECKS_SECONDS[checks] * 1000 if checks < len(_CHECKS_SECONDS) else None
