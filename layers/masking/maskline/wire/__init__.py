"""HTTP as both of our sides speak it: one way to send a request, one signature."""
