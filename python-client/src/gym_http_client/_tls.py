"""What `requests` calls verify and cert, as an `ssl.SSLContext`."""

from __future__ import annotations

import ssl
from pathlib import Path

import requests.utils


def tls_context(verify: bool | str | None, cert: str | tuple[str, str] | None) -> ssl.SSLContext:
    """A client's context with the meaning that `requests.Session.verify` and `.cert` have.

    Args:
        verify: True for the CA bundle of `requests`, the path of another (a file or a directory), False for no check.
        cert: the client's certificate: the path of a PEM file with its key, or the paths of certificate and key.
    """
    bundle = verify if isinstance(verify, str) else requests.utils.DEFAULT_CA_BUNDLE_PATH
    is_directory = Path(bundle).is_dir()
    context = ssl.create_default_context(
        cafile=None if is_directory else bundle, capath=bundle if is_directory else None
    )
    if verify is False:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if cert:
        context.load_cert_chain(*((cert,) if isinstance(cert, str) else cert))
    return context
