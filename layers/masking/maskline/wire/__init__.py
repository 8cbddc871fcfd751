"""What both sides of the HTTP that we speak need: one way to send a request, one signature."""
