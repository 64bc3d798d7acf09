"""The command that serves."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import gc
import re
import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..ahead import begin
from ..cache import snapshot_of
from ..corpus import ContentOptions
from .messages import FAILED, UNUSABLE, fail, note, reading
from .options import (
    begin_load_quietly,
    cache_option,
    content_options,
    path_argument,
    resolution_option,
    strict_option,
)

if TYPE_CHECKING:
    from ..knowledge import KnowledgeGraph


def _root_path(_: click.Context, __: click.Parameter, given: str) -> str:
    return f"/{given.strip('/')}" if given.strip("/") else ""


def _origins(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    for origin in given:
        if origin != "*" and not re.fullmatch(r"[a-z][a-z0-9+.-]*://[^/\s?#@]+", origin):
            raise click.BadParameter(
                f"{origin} is no origin: give scheme, host and port alone, such as https://example.org, or *"
            )
    return given


def _limits(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, int | float]:
    if not given:
        return {}
    from ..server.limits import Limits

    known = {field.name: field.default for field in dataclasses.fields(Limits)}
    limits: dict[str, int | float] = {}
    for text in given:
        name, _equals, value = text.partition("=")
        if name not in known:
            names = ", ".join(f"{known_name} ({default})" for known_name, default in known.items())
            raise click.BadParameter(f"{name} is no limit; there are {names}")
        if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,3})?" if name == "deadline" else r"[0-9]{1,12}", value):
            raise click.BadParameter(f"{name} must be a number from 0, such as {name}={known[name]}")
        limits[name] = float(value) if name == "deadline" else int(value)
    try:
        Limits(**limits)  # type: ignore[arg-type]
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    return limits


@click.command()
@path_argument
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 takes a free one."
)
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1, 256), help="Processes that serve."
)
@click.option("--watch", is_flag=True, help="Reload when files change.")
@click.option(
    "--grace",
    default=30,
    show_default=True,
    type=click.IntRange(0),
    metavar="SECONDS",
    help="How long requests under way may take to end when the server stops.",
)
@click.option(
    "--root-path",
    default="",
    callback=_root_path,
    metavar="PATH",
    help="The path below which a proxy shows the server; the proxy must cut it off.",
)
@click.option(
    "--cors-origin",
    "cors_origin",
    multiple=True,
    callback=_origins,
    metavar="ORIGIN",
    help="Let pages of this origin, such as https://example.org, ask from browsers; * for all. Repeatable.",
)
@click.option("--cors-credentials", is_flag=True, help="Let them send cookies and authorization.")
@click.option(
    "--limit",
    multiple=True,
    callback=_limits,
    metavar="NAME=NUMBER",
    help="Change what one request may ask for, such as cost=50000; docs/operating.md lists all. Repeatable.",
)
@click.option(
    "--operations",
    default=64,
    show_default=True,
    type=click.IntRange(1),
    metavar="N",
    help="How many operations a process runs or lets wait; more are turned away with status 503.",
)
@click.option(
    "--introspection/--no-introspection",
    default=True,
    show_default=True,
    help="Let clients ask for the schema.",
)
@click.option(
    "--suggestions/--no-suggestions",
    default=True,
    show_default=True,
    help="Name what was perhaps meant in errors about unknown fields.",
)
@click.option(
    "--response-cache",
    default=64,
    show_default=True,
    type=click.IntRange(0, 1_000_000),
    metavar="MEGABYTES",
    help="Memory for answers, and parts of them, that are kept between requests, of all workers together; "
    "0 keeps nothing.",
)
@click.option(
    "--access-log/--no-access-log",
    default=True,
    show_default=True,
    help="Write a line of JSON to standard output for each request.",
)
@click.option(
    "--warm", is_flag=True, help="Compute measures and the search index after each load, before anyone asks."
)
@resolution_option
@strict_option
@cache_option
@content_options
def serve(
    path: Path,
    host: str,
    port: int,
    workers: int,
    watch: bool,
    grace: int,
    root_path: str,
    cors_origin: tuple[str, ...],
    cors_credentials: bool,
    limit: dict[str, int | float],
    operations: int,
    introspection: bool,
    suggestions: bool,
    response_cache: int,
    access_log: bool,
    warm: bool,
    resolution: float,
    strict: bool,
    cache_dir: Path | None,
    follow_symlinks: bool,
    max_file_size: int,
    verify: bool,
) -> None:
    """Serve CONTENT over HTTP.

    GraphQL is at /graphql, the playground at /graphiql, health at /healthz and /readyz, metrics for
    Prometheus at /metrics. SIGHUP (or --watch) reloads the content without failing a request; SIGTERM ends
    requests under way and exits with status 0.
    """
    if cors_credentials and "*" in cors_origin:
        raise click.UsageError(
            "--cors-credentials needs origins by name: with * any page could act as its visitor"
        )
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until there is something to reload, it must not end us
    listening = bind(host, port)
    options = ContentOptions(max_file_size=max_file_size, follow_symlinks=follow_symlinks)
    gc.disable()  # what is made until the first request is answered stays, nearly all of it
    is_folder = path.is_dir()
    snapshot = snapshot_of(path, cache_dir, options) if is_folder else path
    with contextlib.ExitStack() as begun:
        ahead = None
        if is_folder:
            ahead = begun.enter_context(begin(path, options, snapshot))
        importing = threading.Thread(target=_import_server, daemon=True)
        if ahead is not None and ahead.is_reading:
            importing.start()
            with reading() as progress:
                ahead.read(progress)
            importing.join()  # two threads that import modules which need each other could get half of one
        else:
            from .. import loading  # noqa: F401 - before the thread does, which would take turns with this one

            importing.start()
        graph, commit = begin_load_quietly(
            path, cache_dir, options, verify=verify, strict=strict, resolution=resolution, ahead=ahead
        )
    importing.join()
    from ..server.content import Content
    from ..server.limits import Limits
    from ..server.process import Serving, Settings, log_to_stderr, serve_alone
    from ..updating import update_command

    log_to_stderr()
    _summarize(graph)
    settings = Settings(
        snapshot=snapshot.absolute(),
        watched=path.absolute() if watch else None,
        build_command=update_command(path, snapshot, options, strict=strict) if is_folder else None,
        workers=workers,
        serving=Serving(
            grace=grace,
            root_path=root_path,
            access_log=access_log,
            warm=warm,
            resolution=resolution,
            limits=Limits(**limit),  # type: ignore[arg-type]
            operations=operations,
            introspection=introspection,
            suggestions=suggestions,
            response_cache=response_cache * 1024 * 1024 // workers,
            cors_origins=cors_origin,
            cors_credentials=cors_credentials,
        ),
    )

    def started() -> None:
        if workers == 1:
            committing.start()
        note(f"serving on http://{_shown(host)}:{listening.getsockname()[1]} (Ctrl-C stops)")

    if workers == 1:
        committed = threading.Event()
        committing = threading.Thread(target=_commit, args=(commit, committed), name="commit")
        content = Content(graph, settings.snapshot, warm=warm)
        del graph  # or it would stay in memory when a reload has replaced it
        serve_alone(content, listening, settings, started, committed.wait)
    else:
        import asyncio

        from ..server.content import collect
        from ..server.supervisor import Supervisor, WorkersFailedError

        commit()
        graph.close()
        del graph
        collect()
        gc.enable()
        try:
            asyncio.run(Supervisor(listening, settings, started).run())
        except WorkersFailedError as error:
            fail(str(error), FAILED)


def _import_server() -> None:
    from .. import loading  # noqa: F401
    from ..server.process import prepare_imports

    prepare_imports()


def _commit(commit: Callable[[], None], committed: threading.Event) -> None:
    try:
        commit()
    except OSError as error:  # what is served is in memory; the next start reads the folder again
        note(f"the snapshot cannot be kept: {error}")
    finally:
        committed.set()


def bind(host: str, port: int) -> socket.socket:
    """A bound socket: a taken port is known before the content is read."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        fail(f"--host {host}: {error.strerror}", UNUSABLE)
    listening = socket.socket(family, kind, protocol)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
        listening.listen(2048)  # else another server could bind it too; clients wait until the graph is ready
    except OSError as error:
        listening.close()
        taken = error.errno == errno.EADDRINUSE
        hint = "; is another server running? choose another --port" if taken else ""
        fail(f"cannot listen on {_shown(host)}:{port}: {error.strerror}{hint}", FAILED)
    return listening


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _summarize(graph: KnowledgeGraph) -> None:
    line = f"{graph.article_count:,} articles, {graph.link_count:,} links"
    if graph.problems:
        line += f", {len(graph.problems):,} problems (articlegraph check lists them)"
    note(line)
