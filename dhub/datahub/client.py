"""Takes recipes on standard input, runs DataHub's client on them, gives a line of JSON for each.

A program of its own (`python -m dhub.datahub.client`), so that the client's logs, threads and
memory stay apart, and no password is in a file or a command line. On standard input:
{"recipes": [...], "secrets": {"NAME": "value"}}; in recipes, "${NAME}" stands for a secret.
On standard output lines of {"records": n} while it works, then for each recipe
{"failures": [...], "warnings": [...]}. Logs go to standard error.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

_PAUSE = 0.5  # seconds between two lines of progress


def main() -> int:
    """Run the recipes in order, until one fails."""
    job = json.load(sys.stdin)
    # Whatever the client prints on its own must not mix with our lines.
    out, sys.stdout = sys.stdout, sys.stderr
    lock = threading.Lock()

    def say(line: Mapping[str, Any]) -> None:
        with lock:
            out.write(json.dumps(line) + "\n")
            out.flush()

    _mask(job["secrets"])
    for recipe in job["recipes"]:
        told = _run(recipe, job["secrets"], say)
        say(told)
        if told["failures"]:
            return 1
    return 0


def _mask(secrets: Mapping[str, str]) -> None:
    """Have the client strike them out of all that it logs and reports."""
    from datahub.masking.bootstrap import initialize_secret_masking
    from datahub.masking.secret_registry import SecretRegistry

    initialize_secret_masking()
    SecretRegistry.get_instance().register_secrets_batch({k: v for k, v in secrets.items() if v})


def _run(
    recipe: dict[str, Any], secrets: Mapping[str, str], say: Callable[[Mapping[str, Any]], None]
) -> dict[str, Any]:
    from datahub.configuration.common import PipelineExecutionError
    from datahub.ingestion.run.pipeline import Pipeline, PipelineInitError

    try:
        pipeline = Pipeline.create(
            _filled(recipe, secrets), report_to=None, no_progress=True, raw_config=recipe
        )
    except PipelineInitError as error:
        return {"failures": [_root(error)], "warnings": []}
    done = threading.Event()
    watch = threading.Thread(target=_watch, args=(pipeline, done, say), daemon=True)
    watch.start()
    try:
        pipeline.run()
    except (PipelineExecutionError, OSError, ValueError) as error:
        return _told(pipeline, [_root(error)])
    finally:
        done.set()
        watch.join()
    return _told(pipeline)


def _filled(value: Any, secrets: Mapping[str, str]) -> Any:
    """The recipe with each secret in the place of its name."""
    if isinstance(value, dict):
        return {key: _filled(each, secrets) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, secrets) for each in value]
    names = {f"${{{name}}}": secret for name, secret in secrets.items()}
    return names.get(value, value) if isinstance(value, str) else value


def _watch(pipeline: Any, done: threading.Event, say: Callable[..., None]) -> None:
    while not done.wait(_PAUSE):
        say({"records": pipeline.sink.get_report().total_records_written})


def _told(pipeline: Any, failures: list[str] | None = None) -> dict[str, Any]:
    """What the client has to complain about, of source, sink and itself."""
    from datahub.utilities.global_warning_util import get_global_warnings

    source, sink = pipeline.source.get_report(), pipeline.sink.get_report()
    return {
        "failures": [*(failures or []), *_entries(source.failures), *map(str, sink.failures)],
        "warnings": [
            *_entries(source.warnings),
            *map(str, sink.warnings),
            *map(str, get_global_warnings()),
        ],
    }


def _entries(logged: Any) -> list[str]:
    """Entries of the client's log of a source, each a line: title, message, where."""
    return [
        ": ".join(filter(None, (each.title, each.message, "; ".join(map(str, each.context)))))
        for each in logged
    ]


def _root(error: BaseException) -> str:
    """The cause that everything else was raised from, in its first line."""
    while error.__cause__ is not None:
        error = error.__cause__
    return f"{error}".strip().split("\n")[0] or type(error).__name__


if __name__ == "__main__":
    sys.exit(main())
