"""`dhub export` into buckets: the command, what it says of stores that fail."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator

import pyarrow as pa
import pytest
from fixtures.bucket import Store
from fixtures.command import Dhub
from fixtures.parts import RESUME, write

from dhub.errors import UsageError
from dhub.flow.bucket import Bucket
from dhub.flow.sinks.files import WriteFailed
from dhub.flow.storage import Disk, storage_of

OPTIONS = ("--format", "parquet", "--customers", "2100", "--as-of", "2026-01-01", "--workers", "1")
ONE = {"DHUB_PART_SHARDS": "1"}
SECRET = "xkcdsecret"


def test_the_command_from_part_to_manifest(store: Store, dhub: Dhub, tmp_path) -> None:
    env = store.env | ONE
    words = ("export", store.url, *OPTIONS)
    first = dhub(*words, "--part", "1/2", "--json", env=env)
    assert (first.code, first.err) == (0, "")
    assert [first.json[name] for name in ("folder", "parts", "of", "there")] == [
        store.url, [0], 2, 0,
    ]  # fmt: skip
    early = dhub(*words, "--finish", env=env)
    assert early.code == 3 and "1 of 2 parts is missing: 1 (counted" in early.err
    second = dhub(*words, "--part", "2/2", env=env)
    assert second.code == 0 and "\npart 1 of 2: " in second.out
    again = dhub(*words, "--part", "2/2", env=env)
    assert again.code == 0 and "\npart 1 of 2, 1 of which was there: " in again.out
    done = dhub(*words, "--finish", "--json", env=env)
    assert done.code == 0
    manifest = json.loads(store.held()["manifest.json"])
    assert manifest.items() <= done.json.items()
    assert (done.json["folder"], done.json["rows_per_second"]) == (store.url, 0)
    local = dhub("export", "bank", *OPTIONS, "--json")
    assert local.json["digest"] == manifest["digest"]
    refused = dhub(*words, env=env)
    assert (refused.code, len(refused.err.splitlines())) == (3, 1)
    assert "holds an export (2,100 customers" in refused.err


def test_dry_run_asks_nobody(dhub: Dhub) -> None:
    done = dhub("export", "s3://nowhere/bank", *OPTIONS, "--dry-run", "--json", env=ONE)
    assert (done.code, done.err, done.json["parts"]) == (0, "", 2)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("s3://b/x", "--resume", "--replace"), "--replace and --resume exclude each other"),
        (("bank", "--part", "1/2", "--finish"), "--part and --finish exclude each other"),
        (("bank", "--part", "0/2"), "--part 0/2: K/N is wanted, the K-th of N slices"),
        (("ftp://host/bank",), "ftp:// is no storage that dhub knows"),
        (("s3://",), "s3://: the URL names no bucket"),
        (("s3://b/x?secret=1",), "s3://: secret is not known; region, scheme, endpoint_override"),
        (("file://host/bank",), "a file:// URL has three slashes"),
        (("s3://b/x", "--format", "sqlite"), "--format sqlite writes one file into a folder"),
        (("bank", "--format", "sqlite", "--resume"), "--format sqlite writes one file"),
        (("bank", "--finish"), "bank holds no part of an export that could be finished"),
    ],
)
def test_wrong_usage(dhub: Dhub, tmp_path, words, message) -> None:
    done = dhub("export", words[0], *OPTIONS, *words[1:])
    assert (done.code, done.out) == (2, "")
    assert message in done.err and len(done.err.splitlines()) <= 2
    assert not (tmp_path / "bank").exists()


def test_parts_of_no_size(dhub: Dhub) -> None:
    done = dhub("export", "bank", *OPTIONS, env={"DHUB_PART_SHARDS": "0"})
    assert done.code == 2 and "DHUB_PART_SHARDS=0: a number of shards is wanted" in done.err


def test_a_url_of_files_is_a_folder(tmp_path) -> None:
    assert storage_of(f"file://{tmp_path}/a%20b") == Disk(tmp_path / "a b")
    assert storage_of("odd:name") == Disk(storage_of("odd:name").root)  # type: ignore[attr-defined]


def test_a_bucket_that_is_not_there(store: Store, dhub: Dhub) -> None:
    done = dhub("export", "s3://nobody-s/bank", *OPTIONS, env=store.env)
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "dhub: s3://nobody-s/bank: there is no such bucket. Make it, or correct the URL.\n"
    )


DENIED, REGION, KEYS, SLOW = (
    (403, "AccessDenied", ""),
    (301, "PermanentRedirect", "eu-west-1"),
    (403, "InvalidAccessKeyId", ""),
    (503, "SlowDown", ""),
)


@pytest.fixture
def failing(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a store that answers everything with one failure."""
    code, word, region = request.param

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f"<Error><Code>{word}</Code><Message>{word}</Message></Error>".encode()
            self.send_response(code)
            self.send_header("Content-Length", str(0 if self.command == "HEAD" else len(body)))
            if region:
                self.send_header("x-amz-bucket-region", region)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_PUT = do_POST = do_GET

        def log_message(self, *words: object) -> None:
            """Nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("failing", "code", "message"),
    [
        (DENIED, 2, "this account may not do that. It needs leave to list the bucket"),
        (REGION, 2, "the bucket is in another region. Set AWS_REGION to eu-west-1."),
        (KEYS, 2, "this account may not do that."),  # a HEAD has no body that says more
        (SLOW, 4, "HTTP status 503"),
    ],
    indirect=["failing"],
)
def test_a_store_that_fails(dhub: Dhub, failing, code, message) -> None:
    url = f"s3://me:{SECRET}@bucket/bank"
    done = dhub("export", url, *OPTIONS, env={"AWS_ENDPOINT_URL": failing})
    assert (done.code, done.out) == (code, "")
    assert done.err.startswith("dhub: s3://bucket/bank: ") and message in done.err
    assert len(done.err.splitlines()) <= 2 and SECRET not in done.err


def test_a_store_that_is_lost_under_way(store: Store, monkeypatch) -> None:
    """The second file cannot be sent: what failed is told, and goes on from what is whole."""
    send, sent = Bucket.send, []

    def lost(bucket: Bucket, name: str, data: pa.Buffer) -> None:
        sent.append(name)
        if len(sent) > 9:
            bucket = Bucket("s3://bucket/bank?endpoint_override=127.0.0.1:1&scheme=http")
        send(bucket, name, data)

    with monkeypatch.context() as patched:
        patched.setattr(Bucket, "send", lost)
        with pytest.raises(WriteFailed, match="cannot be reached.*--resume it goes on"):
            write(store.url)
    assert write(store.url, RESUME).there > 0
    assert not [name for name in store.held() if "probe" in name]


def test_azure_without_credentials(dhub: Dhub, tmp_path) -> None:
    """Its client would end the process with a word of C++."""
    url = "abfss://box@nobody.invalid/bank"
    nobody = {"PATH": str(tmp_path), "HOME": str(tmp_path)}  # no `az`, and nobody logged in
    done = dhub("export", url, *OPTIONS, env=nobody)
    assert (done.code in (2, 4), done.out) == (True, "")
    assert done.err.startswith(f"dhub: {url}: ") and len(done.err.splitlines()) == 1


def test_a_store_that_cannot_be_reached(dhub: Dhub) -> None:
    url = f"s3://me:{SECRET}@bucket/bank?endpoint_override=127.0.0.1:1&scheme=http"
    done = dhub("export", url, *OPTIONS)
    assert (done.code, done.out) == (4, "")
    assert "s3://bucket/bank: the store cannot be reached. Look at the network" in done.err
    assert SECRET not in done.err


@pytest.mark.parametrize(
    "url",
    [
        "s3://me:{}@bucket/bank",
        "s3://me:{}%2F%40@bucket/bank?region=x",
        "gs://bucket/bank?token={}",
        "abfss://box:{}@account.dfs.core.windows.net/bank",
    ],
)
def test_secrets_are_shown_nowhere(url) -> None:
    storage = storage_of(url.format(SECRET))
    assert SECRET not in f"{storage.shown} {storage!r} {storage}"
    assert "bank" in storage.shown


def test_a_url_with_a_secret_works(store: Store, dhub: Dhub) -> None:
    endpoint = store.env["AWS_ENDPOINT_URL"].removeprefix("http://")
    url = f"s3://me:{SECRET}@{store.bucket}/bank?endpoint_override={endpoint}&scheme=http"
    done = dhub("export", url, *OPTIONS, "--json")
    assert (done.code, done.json["folder"]) == (0, store.url)
    assert SECRET not in done.out + done.err
    for data in store.held().values():
        assert SECRET.encode() not in data


def test_no_credentials_at_all(store: Store, dhub: Dhub, tmp_path) -> None:
    env = {"AWS_ENDPOINT_URL": store.env["AWS_ENDPOINT_URL"], "AWS_EC2_METADATA_DISABLED": "true"}
    done = dhub("export", "s3://nobody-s/bank", *OPTIONS, env=env | {"HOME": str(tmp_path)})
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)


def test_a_path_that_is_a_file(dhub: Dhub, tmp_path) -> None:
    (tmp_path / "bank").write_text("mine")
    for how in ((), ("--resume",), ("--finish",), ("--replace",)):
        done = dhub("export", "bank", *OPTIONS, *how, env=ONE)
        assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1), how
        assert "bank is a file, not a folder" in done.err or "no part of an export" in done.err
    assert (tmp_path / "bank").read_text() == "mine"
    with pytest.raises(UsageError):
        storage_of("s3:///bank")
