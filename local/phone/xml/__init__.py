"""Carriers' documents in XML, read as strictly as their language is documented."""
