"""Bluesky (the AT Protocol).

Signed in with an app password at the server that holds the account: bsky.social, or any PDS. How that server is read
is found out when the account is connected (`settings["reads"]`):

- **notifications**: behind the server stands an app view, as on the public network. We ask for our notifications and
  for our own posts, and look again at the newest posts to see whether they still stand.
- **firehose**: a server without an app view. We read every commit of the repositories on it and keep what answers,
  quotes or mentions us, with the number of the last commit as the cursor. The firehose of the public network would be
  everything that anybody says, so that one is never read like this.

The steps of a message: `connection` asks (`notifications`, `firehose`, `gap`), `translate` makes it neutral. The steps
of a reply: `drafting` judges it, `facets` finds its links and names, `posting` writes it under a record key that is
made of the part's own key, so that the same part stands once for ever.

Requests are plain httpx (`xrpc` says why); `atproto` decodes the firehose (`frames`), loaded only where one is read.
"""

from .network import network

__all__ = ["network"]
