"""The `kikite` command line. Commands import what they need when they run, so that help comes at once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from kikite.project.problems import telling

EXITS = "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the set-up is wrong (kikite check says how to mend it)."

app = typer.Typer(
    name="kikite",
    help="Kikite, a customer care desk for social networks. Settings come from the environment: docs/operating.md.",
    epilog=EXITS,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
channels = typer.Typer(help="Connect accounts on networks and see how they are.", invoke_without_command=True)
aside = typer.Typer(help="Deliveries that could not be read, and why.", invoke_without_command=True)
app.add_typer(channels, name="channels")
app.add_typer(aside, name="aside")

Host = Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for every one of this machine.")]
ChannelNumber = Annotated[int, typer.Argument(help="Its number in `kikite channels list`.")]
ChosenWay = Annotated[str, typer.Option("--way", help="How to connect it, such as token; default: the network's form.")]
GivenFields = Annotated[
    list[str] | None,
    typer.Option("--field", metavar="NAME=VALUE", help="What the network asks for; asked if missing."),
]
SignsIn = Annotated[
    str, typer.Option("--as", metavar="EMAIL", help="The admin who signs in in the browser, where the way wants that.")
]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")]


@app.command()
def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    practice: Annotated[
        bool | None,
        typer.Option(
            "--practice/--no-practice",
            help="Run the practice network and its demo along, on the next port. Default: with the embedded database.",
        ),
    ] = None,
) -> None:
    """Run everything in one process tree: database, desk, worker, practice network.

    Creates and migrates the database when that is needed. Ctrl-C stops all in order.
    """
    from kikite.project.cli.serving import run

    run(host, port, practice)


@app.command()
def web(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Run one web process. The database must run and be migrated; run as many as you like behind a load balancer."""
    from kikite.project.cli.ground import database, require_migrated
    from kikite.project.web import run

    with database() as url:
        require_migrated(url)
        run(host, port)


@app.command()
def worker() -> None:
    """Run one worker: reads the networks, opens cases, sends replies. Run as many as you like."""
    from kikite.project.cli.ground import database, require_migrated
    from kikite.project.worker import run

    with database() as url:
        require_migrated(url)
        run()


@app.command()
def migrate() -> None:
    """Create the database's tables, or bring them up to date. Safe to run again."""
    from kikite.project.cli.migrating import run

    run()


@app.command()
def check() -> None:
    """Say what is wrong with the set-up and how to mend it. Ends with 3 when something is."""
    from kikite.project.cli.checking import run

    raise typer.Exit(run())


@app.command("create-admin")
def create_admin(
    email: Annotated[str, typer.Option(prompt="E-mail address", envvar="KIKITE_ADMIN_EMAIL")],
    password: Annotated[
        str,
        typer.Option(
            prompt="Password",
            hide_input=True,
            confirmation_prompt=True,
            envvar="KIKITE_ADMIN_PASSWORD",
            show_envvar=True,
        ),
    ],
    name: Annotated[str, typer.Option(help="As colleagues know them; default: the address's first part.")] = "",
) -> None:
    """Create a person who may set up everything, or give an existing one that right and a new password."""
    from kikite.project.cli.people import create_admin

    create_admin(email, password, name)


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A .csv or .csv.gz of tweets.")],
    brand: Annotated[str, typer.Option(help="Whose care to play: the author_id of the brand, such as AmazonHelp.")],
    speed: Annotated[float, typer.Option(min=0.001, help="How many times faster than it happened.")] = 60.0,
    limit: Annotated[int, typer.Option(min=0, help="Stop after so many posts; 0 plays all.")] = 0,
    pause: Annotated[
        float, typer.Option(min=0, help="The longest wait between two posts, in seconds; 0 waits as long as it was.")
    ] = 10.0,
) -> None:
    """Play an archive of tweets as live traffic on the practice network, which `kikite serve` must be running.

    Customers' posts arrive as new; the brand's appear as replies that its people wrote elsewhere. Columns: tweet_id,
    author_id, inbound, created_at, text, in_response_to_tweet_id.
    """
    from kikite.project.cli.replaying import run

    run(file, brand, speed, limit, pause)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="Where to write it, such as kikite.dump.")],
) -> None:
    """Write the whole database into one file (PostgreSQL's custom format), while Kikite runs.

    The keys are not in it: keep secret.key and encryption.keys of the data folder somewhere else, and safe.
    """
    from kikite.project.cli.keeping import backup

    backup(file)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="What kikite backup wrote.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Replace everything in the database by a backup. Stop Kikite first."""
    from kikite.project.cli.keeping import restore

    restore(file, yes)


@app.command(hidden=True)
def demo() -> None:
    """Make the practice airline: its brand, agents and channel. `kikite serve` runs it at the first start."""
    from kikite.project.cli.demo import run

    run()


@channels.callback()
def channels_list(context: typer.Context) -> None:
    """List the connected accounts: their state, when they were read last, what waits."""
    if context.invoked_subcommand is None:
        from kikite.project.cli.accounts import show

        show()


@channels.command("list")
def channels_show() -> None:
    """List the connected accounts, each with its number, as `kikite channels` does."""
    from kikite.project.cli.accounts import show

    show()


@channels.command("connect")
def channels_connect(
    network: Annotated[str, typer.Argument(help="The network's name, such as mastodon.")],
    brand: Annotated[str, typer.Option(help="The brand's short name; it is made when it is new.")],
    way: ChosenWay = "",
    field: GivenFields = None,
    email: SignsIn = "",
) -> None:
    """Connect an account. Asks for what the network needs; secrets are not shown."""
    from kikite.project.cli.connecting import connect

    connect(network, brand, way, field or [], email)


@channels.command("again")
def channels_again(number: ChannelNumber, way: ChosenWay = "", field: GivenFields = None, email: SignsIn = "") -> None:
    """Give a channel new credentials, when the network no longer takes the old ones. What was kept stays."""
    from kikite.project.cli.connecting import again

    again(number, way, field or [], email)


@channels.command("disconnect")
def channels_disconnect(
    number: ChannelNumber, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False
) -> None:
    """Stop reading and sending as an account, and forget its credentials. What was kept stays."""
    from kikite.project.cli.connecting import disconnect

    disconnect(number, yes)


@channels.command("rotate-keys")
def channels_rotate_keys() -> None:
    """Encrypt all credentials with the first of the encryption keys, so that the other keys can go."""
    from kikite.project.cli.rotating import rotate

    rotate()


@aside.callback()
def aside_list(context: typer.Context) -> None:
    """List what was set aside, newest first, each with its number and reason."""
    if context.invoked_subcommand is None:
        from kikite.project.cli.asides import show

        show()


@aside.command("retry")
def aside_retry(
    numbers: Annotated[list[int] | None, typer.Argument(help="Numbers from the list.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
) -> None:
    """Have them read again by the workers."""
    if bool(numbers) == every:
        raise typer.BadParameter("give numbers or --all")
    from kikite.project.cli.asides import retry

    retry(numbers or [])


def main() -> None:
    sys.exit(telling(lambda: app(standalone_mode=False)))
