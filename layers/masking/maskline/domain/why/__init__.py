"""Why a call went where it went: the decision, and its explanation in words."""
