"""Telling a customer what happens in a session: what is sent, how it is signed, when and where to.

Delivery is at least once and in order within a session; `webhook-id` and `SequenceNumber` let a
receiver drop a repetition.
"""
