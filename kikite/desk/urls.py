"""The addresses of the desk. A brand's name comes first, so that a link says whose case it is."""

from __future__ import annotations

from django.urls import path

from .views import acts, case, checking, composer, connecting, health, inbox, media, preferences, signing, voice

app_name = "desk"

urlpatterns = [
    path("", inbox.home, name="home"),
    path("sign-in", signing.SignIn.as_view(), name="sign-in"),
    path("sign-out", signing.SignOut.as_view(), name="sign-out"),
    path("settings", preferences.preferences, name="settings"),
    path("channels", health.channels, name="channels"),
    path("channels/alarm", health.alarm, name="alarm"),
    path("channels/<int:number>/health", health.channel, name="health"),
    path("channels/<int:number>/set-aside", health.run_again, name="run-again"),
    path("channels/<int:number>/budget", health.budget, name="budget"),
    path("channels/<int:number>/listeners", health.listeners, name="listeners"),
    path("channels/<int:number>/listeners/<int:listener>/removal", health.unlisten, name="unlisten"),
    path("channels/<int:number>/gaps/<int:gap>/seen", health.seen, name="gap"),
    path("channels/<int:number>", connecting.disconnect, name="channel"),
    path("channels/<int:number>/again", connecting.again, name="again"),
    path("channels/<int:number>/webhook", connecting.webhook, name="webhook"),
    path("connect/return", connecting.returned, name="returned"),
    path("connect/<int:number>", connecting.choose, name="choose"),
    path("<slug:brand>/channels/new/<slug:network>", connecting.connect, name="connect"),
    path("<slug:brand>/settings/signing", preferences.signing, name="signing"),
    path("<slug:brand>/settings/voice", voice.voice, name="voice"),
    path("<slug:brand>/settings/voice/words", checking.dictionary, name="dictionary"),
    path("<slug:brand>/settings/voice/<slug:language>", voice.voice, name="voice-in"),
    path("<slug:brand>/", inbox.queue, name="queue"),
    path("<slug:brand>/mine", inbox.mine, name="mine"),
    path("<slug:brand>/all", inbox.everything, name="all"),
    path("<slug:brand>/cases/<int:number>/", case.case, name="case"),
    path("<slug:brand>/cases/<int:number>/live", case.live, name="case-live"),
    path("<slug:brand>/cases/<int:number>/earlier", case.before, name="case-earlier"),
    path("<slug:brand>/cases/<int:number>/colleagues", case.colleagues, name="colleagues"),
    path("<slug:brand>/cases/<int:number>/closure", acts.closure, name="closure"),
    path("<slug:brand>/cases/<int:number>/assignment", acts.assignment, name="assignment"),
    path("<slug:brand>/cases/<int:number>/sleep", acts.sleep, name="sleep"),
    path("<slug:brand>/cases/<int:number>/notes", acts.notes, name="notes"),
    path("<slug:brand>/cases/<int:number>/replies", acts.replies, name="replies"),
    path("<slug:brand>/cases/<int:number>/checks", checking.checks, name="checks"),
    path("<slug:brand>/cases/<int:number>/draft", composer.draft, name="draft"),
    path("<slug:brand>/cases/<int:number>/parts/<int:part>/withdrawal", acts.withdrawal, name="withdrawal"),
    path("<slug:brand>/cases/<int:number>/parts/<int:part>/return", acts.return_, name="return"),
    path("<slug:brand>/cases/<int:number>/parts/<int:part>/departure", acts.departure, name="departure"),
    path("<slug:brand>/cases/<int:number>/parts/<int:part>/attempt", acts.attempt, name="attempt"),
    path("<slug:brand>/cases/<int:number>/parts/<int:part>/handing", acts.handing, name="handing"),
    path("<slug:brand>/cases/<int:number>/parts/<int:part>/standing", acts.standing, name="standing"),
    path("<slug:brand>/cases/<int:number>/parts/<int:part>/doubt", acts.doubt, name="doubt"),
    path("<slug:brand>/cases/<int:number>/messages/<int:message>/moderation", acts.moderation, name="moderation"),
    path("<slug:brand>/cases/<int:number>/typing", composer.typing, name="typing"),
    path("<slug:brand>/cases/<int:number>/files", composer.files, name="files"),
    path("<slug:brand>/cases/<int:number>/files/<int:file>", composer.file, name="file"),
    path("<slug:brand>/media/<int:message>/<int:n>", media.media, name="media"),
    path("<slug:brand>/pictures/<int:profile>", media.picture, name="picture"),
]
