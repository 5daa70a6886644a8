"""Takes what a client of object storage raises, gives what is wrong and what helps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from dhub.errors import DhubError, UsageError
from dhub.flow.sinks.files import WriteFailed

# What the clients of S3, Google and Azure say → what it means. The first that is found counts.
_REGION = r"located in '|status 301|PermanentRedirect|AuthorizationHeaderMalformed"
_KEYS = (
    r"INVALID_ACCESS_KEY_ID|SIGNATURE_DOES_NOT_MATCH|UNRECOGNIZED_CLIENT|EXPIRED|UNAUTHENTICATED|"
    r"AuthenticationFailed|status 401|No response body. Access denied|credential"
)
_RIGHTS = r"ACCESS_DENIED|PERMISSION_DENIED|AuthorizationPermissionMismatch|status 403|Forbidden"
_BUCKET = (
    r"NO_SUCH_BUCKET|NoSuchBucket|bucket does not exist|ContainerNotFound|container does not exist"
)
_NETWORK = (
    r"NETWORK_CONNECTION|curlCode|resolve host|Could not connect|Failed to connect|"
    r"UNAVAILABLE|timed? ?out|REQUEST_TIMEOUT"
)
# Where credentials come from, by the first letters of the URL.
_READ = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, ~/.aws or the machine's role",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS or the machine's account",
    "ab": "AZURE_CLIENT_ID and its like, `az login` or the machine's identity",
}
_STATUS = re.compile(r"HTTP status \d+")
_THERE = re.compile(r"located in '([\w-]+)'")


@contextmanager
def told(shown: str) -> Iterator[None]:
    """Say of a store that fails what it is called (`shown`, without secrets) and what helps."""
    try:
        yield
    except FileNotFoundError as error:
        # Of an object that is not there the caller knows more.
        if "NoSuchBucket" not in str(error):
            raise
        raise _failure(shown, str(error)) from error
    except OSError as error:
        # What our own files lack (a full disk, a limit) has a number, and is told elsewhere.
        if error.errno:
            raise
        raise _failure(shown, str(error)) from error


def _failure(shown: str, text: str) -> DhubError:
    region = _THERE.search(text)
    denied = re.search(_RIGHTS, text)
    if re.search(_BUCKET, text):
        return UsageError(f"{shown}: there is no such bucket. Make it, or correct the URL.")
    if re.search(_KEYS, text):
        return UsageError(
            f"{shown}: the store does not accept the credentials, or there are none. They are "
            f"read from {_READ.get(shown[:2], 'the environment')}."
        )
    if re.search(_REGION, text) and not denied:
        named = region[1] if region else "the bucket's own"
        return UsageError(f"{shown}: the bucket is in another region. Set AWS_REGION to {named}.")
    if denied:
        return UsageError(
            f"{shown}: this account may not do that. It needs leave to list the bucket, and to "
            "read, write and delete its objects."
        )
    if re.search(_NETWORK, text):
        return WriteFailed(
            f"{shown}: the store cannot be reached. Look at the network and AWS_ENDPOINT_URL, "
            "then run the command again; with --resume it goes on where it was."
        )
    return WriteFailed(f"{shown}: {_reason(text)}. Run it again with --resume.")


def _reason(text: str) -> str:
    """What the store says, without the marks of its request; its number where it says nothing."""
    status = _STATUS.search(text)
    if status and "No response body" in text:
        return f"the store answers {status[0]}"
    return (
        text.rpartition("operation: ")[2].partition(" (Request ID")[0].splitlines()[0].rstrip(".")
    )
