"""What stands in a text: links, @names, lists, #tags and $cash tags, how much each weighs, and where it may be parted.

The rules of the first are those of twitter-text 3.1 (https://github.com/twitter/twitter-text), X's own library, and its
conformance suites are this package's tests. X counts and links by them, Mastodon and much of what came after do too.
"""
