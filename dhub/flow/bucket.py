"""Takes the URL of a bucket, gives it as a storage: an object is there whole, or not at all.

`pyarrow.fs` speaks to S3, Google and Azure. It is only opened where it is used, in each process
by itself: what it starts does not survive a fork.
"""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any, BinaryIO
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

import pyarrow as pa

from dhub.errors import UsageError
from dhub.flow.sinks.files import Draft
from dhub.flow.unreachable import told

SCHEMES = ("s3", "gs", "gcs", "abfs", "abfss")
_PLAIN = ("region", "scheme", "endpoint_override")  # what of a query is no secret
_ASKING = """
from pyarrow import fs
files, base = fs.FileSystem.from_uri(input())
try: files.open_input_stream(base + "/_parts/plan.json").close()
except OSError: pass
"""
# Seconds for an answer; the client tries three times.
_CONNECT, _ANSWER = 5, 60


@dataclass(frozen=True)
class Bucket:
    """A bucket, or a folder of one; `url` may hold secrets, so only `shown` is ever printed."""

    url: str

    def __repr__(self) -> str:
        return f"Bucket({self.shown})"

    @property
    def shown(self) -> str:
        split = urlsplit(self.url)
        host = split.netloc.rpartition("@")[2]
        if split.scheme.startswith("abfs") and "@" in split.netloc:
            host = f"{split.netloc.partition('@')[0].partition(':')[0]}@{host}"
        return f"{split.scheme}://{host}{split.path.rstrip('/')}"

    @property
    def has_secrets(self) -> bool:
        """Whether the URL holds a password, or words that may be keys."""
        split = urlsplit(self.url)
        return bool(split.password) or any(name not in _PLAIN for name, _ in parse_qsl(split.query))

    def read(self, name: str) -> bytes | None:
        files, base = self._opened()
        with told(self.shown):
            try:
                with files.open_input_stream(f"{base}/{name}") as stream:
                    held: bytes = stream.read()
            except OSError as error:
                self._look()  # of the bucket more can be said than of an object
                if isinstance(error, FileNotFoundError):
                    return None
                raise
        return held

    def create(self, name: str, data: bytes) -> bool:
        # Arrow has no conditional writes. Whoever races here is refused before its first receipt,
        # since each part reads again what stands here, and files of two plans share no name.
        if self.read(name) is not None:
            return False
        self.put(name, data)
        return self.read(name) == data

    def put(self, name: str, data: bytes) -> None:
        self.send(name, pa.py_buffer(data))

    def send(self, name: str, data: pa.Buffer) -> None:
        """Upload a file in one call: Python cannot be stopped within it, and leave half of one."""
        files, base = self._opened()
        with told(self.shown), files.open_output_stream(f"{base}/{name}", buffer_size=0) as stream:
            stream.write(data)

    def draft(self, name: str) -> Draft:
        return Upload(name, self.send)

    def sizes(self, names: Sequence[str]) -> list[int | None]:
        files, base = self._opened()
        with told(self.shown):
            found = files.get_file_info([f"{base}/{name}" for name in names])
        return [each.size for each in found]

    def names(self) -> Iterator[str]:
        from pyarrow.fs import FileSelector, FileType

        files, base = self._opened()
        with told(self.shown):
            self._look()
            under = FileSelector(base, recursive=True, allow_not_found=True)
            found = files.get_file_info(under)
        yield from (
            str(PurePosixPath(each.path).relative_to(base))
            for each in found
            if each.type == FileType.File
        )

    def remove(self, names: Iterable[str]) -> None:
        files, base = self._opened()
        with told(self.shown):
            for name in names:
                try:
                    files.delete_file(f"{base}/{name}")
                except FileNotFoundError:
                    continue

    def sweep(self, is_ours: Callable[[str], bool]) -> None:
        """Drafts of objects are files without a name, which end with their process."""

    def _look(self) -> None:
        """Raise what keeps us from the bucket itself: that an object is not there may mean that."""
        files, base = self._opened()
        bucket = base.partition("/")[0]
        if files.get_file_info(bucket).type.name == "NotFound":
            raise FileNotFoundError(f"NoSuchBucket {bucket}")

    def _opened(self) -> tuple[Any, str]:
        with told(self.shown):
            return _connected(self.url)


class Upload(Draft):
    """A draft in a file that has no name, sent when it is kept."""

    def __init__(self, name: str, send: Callable[[str, pa.Buffer], None]) -> None:
        self._name, self._send = name, send
        super().__init__(PurePosixPath(name))  # type: ignore[arg-type]

    def _opened(self) -> BinaryIO:
        return tempfile.TemporaryFile()

    def keep(self) -> None:
        """Upload what is written."""
        self._file.flush()
        # Not closed by us: what failed may still hold it, and what is let go closes itself.
        held = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        self._send(self._name, pa.py_buffer(held))
        self._file.close()


def bucket_of(url: str) -> Bucket:
    """The bucket of a URL; UsageError when it is none that can be spoken to."""
    split = urlsplit(url)
    if split.scheme not in SCHEMES:
        raise UsageError(
            f"{split.scheme}:// is no storage that dhub knows: a path, file://, "
            "s3://, gs:// or abfss:// is."
        )
    if not split.netloc.rpartition("@")[2]:
        raise UsageError(f"{split.scheme}://: the URL names no bucket.")
    return Bucket(url.rstrip("/"))


@lru_cache(maxsize=4)
def _connected(url: str) -> tuple[Any, str]:
    """The client of a URL, and the path that its names stand under."""
    from pyarrow import fs

    split = urlsplit(url)
    if split.scheme == "s3":
        return _s3(split)
    if split.scheme in ("gs", "gcs") and "retry_limit_seconds" not in split.query:
        # Left to itself it tries for a quarter of an hour.
        query = urlencode([*parse_qsl(split.query), ("retry_limit_seconds", "20")])
        url = split._replace(query=query).geturl()
    if split.scheme.startswith("abfs"):
        _refuse_no_credentials(url)
    files, base = fs.FileSystem.from_uri(url)
    return files, base.rstrip("/")


def _refuse_no_credentials(url: str) -> None:
    """Ask Azure in a process of its own: without credentials its client ends the whole process."""
    words = [sys.executable, "-c", _ASKING]
    done = subprocess.run(words, input=url, capture_output=True, text=True, check=False)
    if done.returncode < 0:
        raise OSError("AuthenticationFailed")


def _s3(split: SplitResult) -> tuple[Any, str]:
    from pyarrow import fs

    asked = {**_endpoint(), **dict(parse_qsl(split.query))}
    unknown = sorted(set(asked) - set(_PLAIN))
    if unknown:
        raise UsageError(f"s3://: {unknown[0]} is not known; {', '.join(_PLAIN)} are.")
    bucket = split.netloc.rpartition("@")[2]
    if not ("region" in asked or "endpoint_override" in asked or _region()):
        # A bucket answers where it is to whoever asks at the wrong door; the client would not.
        with suppress(OSError):
            asked["region"] = fs.resolve_s3_region(bucket)
    if split.username:
        asked["access_key"] = unquote(split.username)
        asked["secret_key"] = unquote(split.password or "")
    files = fs.S3FileSystem(
        **asked,
        # Else a whole file would wait in memory for a network slower than we are.
        background_writes=False,
        # One request a file, not three, where it is small.
        allow_delayed_open=True,
        connect_timeout=_CONNECT,
        request_timeout=_ANSWER,
    )
    return files, f"{bucket}{unquote(split.path)}".rstrip("/")


def _region() -> str | None:
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")


def _endpoint() -> dict[str, str]:
    """Another server than Amazon's, by the variables that Amazon's own clients read."""
    url = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    found = {"region": region} if (region := _region()) else {}
    if url:
        scheme, _, host = url.rpartition("://")
        found |= {"scheme": scheme or "https", "endpoint_override": host.rstrip("/")}
    return found
