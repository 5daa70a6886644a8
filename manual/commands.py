"""Takes Typer's own objects, gives a page for each group of commands, the settings, exit codes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

from typer.main import get_command

from dhub.cli import app, stopping
from dhub.errors import DhubError
from dhub.settings import Settings
from dhub.shipped import migrations_dir
from manual.markdown import block, code, page, plain, table

_EXAMPLES = re.compile(r"\n\s*Examples?:(.*)\Z", re.S)


def commands(command: Any, path: str = "dhub") -> Iterator[tuple[str, Any]]:
    """Every command that does something, with its whole name, in the order of `--help`."""
    if not hasattr(command, "commands"):
        yield path, command
        return
    for name in command.list_commands(command.make_context(path, [], resilient_parsing=True)):
        yield from commands(command.commands[name], f"{path} {name}")


def pages() -> Iterator[tuple[str, str]]:
    """Each page with its path below reference/."""
    yield "commands.md", _commands()
    yield "settings.md", _settings()
    yield "exit-codes.md", _exit_codes()


def _commands() -> str:
    root = get_command(app.app)
    everything = list(commands(root))
    listed = [(f"[`{name}`](#{_anchor(name)})", _summary(each)) for name, each in everything]
    parts = [part for name, each in everything for part in _command(name, each)]
    return page(
        "Commands",
        table(("command", "what it does"), listed),
        "Options of `dhub` itself:",
        _options(root, root.make_context("dhub", [], resilient_parsing=True)),
        *parts,
        lead=plain(str(root.help)),
    )


def _anchor(name: str) -> str:
    return name.replace(" ", "-")


def _summary(command: Any) -> str:
    return plain(_EXAMPLES.sub("", command.help or "").strip().split("\n\n")[0])


def _command(name: str, command: Any) -> Iterator[str]:
    text = command.help or ""
    context = command.make_context(name, [], resilient_parsing=True)
    yield f"## {name} {{ #{_anchor(name)} }}"
    yield block(" ".join([name, *command.collect_usage_pieces(context)]), "text")
    for paragraph in _EXAMPLES.sub("", text).strip().split("\n\n"):
        yield plain(" ".join(paragraph.split()))
    yield _options(command, context)
    if examples := _EXAMPLES.search(text):
        # A semicolon parts them where there are several.
        lines = [" ".join(each.split()) for each in re.split(r";(?=\s+dhub )", examples[1])]
        yield block("\n".join(lines), "bash")


def _options(command: Any, context: Any) -> str:
    """What `--help` says of them, which every release of Typer tells in the same way."""
    records = filter(None, (each.get_help_record(context) for each in command.params))
    return table(
        ("option or argument", "meaning"), ((code(name), plain(text)) for name, text in records)
    )


def _settings() -> str:
    rows = [
        (code(f"DHUB_{name.upper()}"), _kind(field.annotation), text)
        for (name, field), text in zip(Settings.model_fields.items(), _texts(), strict=True)
    ]
    example = migrations_dir().parent / ".env.example"
    return page(
        "Settings",
        table(("variable", "kind", "meaning"), rows),
        "`DHUB_DEBUG=1` in the environment shows the traceback of an error. `DHUB_CLUSTER` there, "
        "not in `.env`, is what `--cluster` says: [work beyond one machine]"
        "(../how-to/beyond-one-machine.md).",
        "## A file to start from",
        block(example.read_text(encoding="utf-8"), "ini"),
        lead="Environment variables, or lines of a file `.env` in the folder where dhub runs; "
        "[which of them counts](../how-to/own-server.md#where-settings-come-from). With no "
        "connection setting at all, [the embedded server](../how-to/embedded-server.md) is used.",
    )


def _kind(annotation: Any) -> str:
    inner = [each for each in get_args(annotation) if each is not type(None)]
    words = {"SecretStr": "secret", "int": "whole number", "float": "number", "Path": "folder"}
    text = " ".join(map(str, inner))
    return next((word for name, word in words.items() if name in text), "text")


def _texts() -> Iterator[str]:
    """What the example of settings says above each of them, in the order of the model."""
    example = (migrations_dir().parent / ".env.example").read_text(encoding="utf-8")
    said: dict[str, str] = {}
    words: list[str] = []
    for line in example.splitlines():
        if found := re.match(r"#(DHUB_\w+)=", line):
            said[found[1]] = " ".join(words) or "A URL for this database alone."
            words = []
        elif line.startswith("# ---") or not line:
            words = []
        elif line.startswith("# "):
            words.append(line[2:])
    yield from (plain(said[f"DHUB_{name.upper()}"]) for name in Settings.model_fields)


def _exit_codes() -> str:
    rows = [(0, "Done; also `dhub seed resume` with nothing to resume."), (1, "A check failed.")]
    rows += sorted(
        (each.exit_code, plain(" ".join((each.__doc__ or "").split())))
        for each in DhubError.__subclasses__()
    )
    rows += [
        (stopping.INTERRUPTED, "Interrupted by the user; a run in progress can be resumed."),
        (stopping.TERMINATED, "Ended by a signal; a run in progress can be resumed."),
    ]
    return page(
        "Exit codes",
        table(("code", "meaning"), rows),
        lead="Errors are a line or two on standard error, with the cause and the next step, and "
        "never a password.",
    )
