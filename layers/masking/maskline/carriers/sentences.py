"""The sentences that callers hear where a carrier speaks for us."""

from maskline.domain.calls.plan import Announcement

SENTENCES = {
    Announcement.NOT_IN_SERVICE: "The number you have dialed is not in service.",
    Announcement.NOT_CONNECTED: (
        "This number does not connect your call. Please check the number, "
        "and that you are calling from the phone that it was given to."
    ),
    Announcement.NOBODY_YET: "There is nobody to call back on this number.",
    Announcement.PIN_NOT_ACCEPTED: "Your PIN was not accepted. Please check it and call again.",
    Announcement.TOO_MANY_CALLS: (
        "Your call cannot be connected, because too many were made. Please try again later."
    ),
    Announcement.TRY_AGAIN_LATER: (
        "We cannot connect your call right now. Please try again in a moment."
    ),
    Announcement.PARTY_UNAVAILABLE: (
        "The person you are calling is not available. Please try again later."
    ),
}
