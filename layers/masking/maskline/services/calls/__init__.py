"""Use cases of calls: answer, ask for a PIN, place, record and explain them."""
