"""What operations, sessions and an idle month cost, and where limits are met."""
