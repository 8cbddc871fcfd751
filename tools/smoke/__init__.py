"""A trial of a whole stack, from provisioning to callback: `make smoke`."""
