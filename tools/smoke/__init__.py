"""Whether a stack works, tried from provisioning to callback: `make smoke`."""
