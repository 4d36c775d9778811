"""Bluesky (the AT Protocol).

Signed in with an app password at the server that holds the account: bsky.social, or any PDS. How that server is read
is found out when the account is connected (`settings["reads"]`):

- **notifications**: behind the server stands an app view, as on the public network. We ask for our notifications and
  for our own posts, and look again at the newest posts to see whether they still stand.
- **firehose**: a server without an app view. We read every commit of the repositories on it and keep what answers,
  quotes or mentions us, with the number of the last commit as the cursor. The firehose of the public network would be
  everything that anybody says, so that one is never read like this.

Private messages live in a chat service beside the protocol (`chat`), and are read beside the posts, whichever way these
come. What everybody says is searched for (`searching`) or heard as it is said (`hearing`, `matching`).

The steps of a message: `reading` asks (`notifications`, `firehose`, `gap`, `conversations`), `translate` and `private`
make it neutral. The steps of a post: `drafting` judges it, `facets` finds its links and names, `embeds` and `cards`
hang on it what goes along, `posting` writes it under a record key that is made of the part's own key, so that the same
part stands once for ever. `whispering` sends private messages, which know no key. `moderating` likes and hides.

Requests are plain httpx (`xrpc` says why); `atproto` decodes the firehose (`frames`), loaded only where one is read.
"""

from .network import network

__all__ = ["network"]
