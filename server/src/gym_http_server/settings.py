"""What the operator can set; the command line's flags and `create_app`'s keyword arguments are these fields."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path


def _default_roots() -> tuple[Path, ...]:
    return (Path.cwd(), Path(tempfile.gettempdir()))


@dataclass(frozen=True)
class Settings:
    """The server's settings, with the defaults of the command line.

    Attributes:
        listen: address to listen on; or `unix:` and the path of a Unix domain socket, which then takes no port.
        port: TCP port to listen on.
        library: `gymnasium`, or `gym` for classic gym 0.26.
        imports: modules to import at start, so that they register their environments.
        token: what clients must send as `Authorization: Bearer`; None asks for none.
        insecure: allow listening beyond loopback without a token.
        allow_hosts: further Host names to answer to while no token is asked for.
        allow_origins: origins, such as `https://example.org`, whose pages may call the server.
        allow_calls: further methods that clients may have called by env_get_attr, such as `ale.getFrameNumber`.
        monitor_roots: monitor and upload directories must resolve inside one of these.
        directory: where relative paths start; the working directory when left out.
        data_dir: where the scoreboard's database is kept.
        api_keys: the only keys that may upload; empty allows any non-empty key.
        max_instances: live instances at most.
        max_envs: environments in one vector env at most.
        max_body: bytes in a request body at most.
        max_memory: bytes that the server and its processes may take before it refuses to create instances; None is
            eight tenths of what the machine has, or of what its control group allows.
        idle_timeout: seconds without a request after which an instance is closed; 0 never closes one.
    """

    listen: str = "127.0.0.1"
    port: int = 5000
    library: str = "gymnasium"
    imports: tuple[str, ...] = ()
    token: str | None = None
    insecure: bool = False
    allow_hosts: tuple[str, ...] = ()
    allow_origins: tuple[str, ...] = ()
    allow_calls: tuple[str, ...] = ()
    monitor_roots: tuple[Path, ...] = field(default_factory=_default_roots)
    directory: Path = field(default_factory=Path.cwd)
    data_dir: Path = Path("gym-http-data")
    api_keys: tuple[str, ...] = ()
    max_instances: int = 4096
    max_envs: int = 1024
    max_body: int = 64 << 20
    max_memory: int | None = None
    idle_timeout: float = 86400.0

    def __post_init__(self) -> None:
        # An environment may change the working directory, and nothing here must move with it.
        object.__setattr__(self, "data_dir", self.directory / self.data_dir)
        object.__setattr__(self, "monitor_roots", tuple(self.directory / root for root in self.monitor_roots))
