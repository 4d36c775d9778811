"""What is asked for with every post, person and private message: X tells an id alone unless told otherwise.

Names are those of the published description, version 2.167. There a post is a "post" everywhere but in the filtered
stream and in events, which still say "tweet": reading takes both (`raw.either`), asking says what each place knows.
"""

from __future__ import annotations

_USER = "id,name,profile_image_url,public_metrics,username"
_MEDIA = "alt_text,height,media_key,preview_image_url,type,url,variants,width"
_POST = "attachments,conversation_id,created_at,entities,id,lang,text"
_EXPANDED = "attachments.media_keys,author_id,entities.mentions.username,in_reply_to_user_id"

USERS = {"user.fields": _USER}
POSTS = {
    "post.fields": f"{_POST},note_post",
    "expansions": f"{_EXPANDED},edit_history_post_ids,referenced_posts",
    "media.fields": _MEDIA,
    **USERS,
}
STREAMED = {
    "tweet.fields": f"{_POST},author_id,edit_history_tweet_ids,in_reply_to_user_id,note_tweet,referenced_tweets",
    "expansions": f"{_EXPANDED},referenced_tweets.id",
    "media.fields": _MEDIA,
    **USERS,
}
DMS = {
    "dm_event.fields": "attachments,created_at,dm_conversation_id,entities,event_type,id,text",
    "expansions": "attachments.media_keys,participant_ids,sender_id",
    "event_types": "MessageCreate",
    "media.fields": _MEDIA,
    **USERS,
}
