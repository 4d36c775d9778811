"""Checks while writing: each is one file in `rules/` that holds a `Check`, and nothing else has to be told of it.

A check gets the draft and what the desk knows of the case, and says what it would look at once more, with a reason.
It gives advice; only what the brand made blocking keeps a reply from being sent.
"""
