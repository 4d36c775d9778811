"""What Meta's networks share: the Graph API, its errors and limits, its webhooks and its conversations.

This is no network: `kikite.networks.facebook` and `kikite.networks.instagram` are. Neither knows the other.
"""
