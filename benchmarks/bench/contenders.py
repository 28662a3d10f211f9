"""Who is measured: each contender is one client program, in one variant, against one kind of server."""

from __future__ import annotations

from dataclasses import dataclass

from .runtimes import LUA

OURS, PREVIOUS, PEER = "gym-http-api", "previous release", "peer"
LOCAL, REFERENCE = "same machine, no server", "reference"
NO_VECTOR_ENV = "it has no vector envs: one environment for each session"


@dataclass(frozen=True)
class Contender:
    """One contender.

    Attributes:
        key: names it in ``--only`` and in the JSON file.
        label: names it in tables and plots.
        family: one of the five above, which are the colours of the plots.
        runtime: what runs its client program; see `runtimes`.
        program: its client program in `programs/`.
        variant: handed to the program.
        server: which kind of server it talks to, None for none; see `servers`.
        no_vector: why it cannot do the work of a vector env, empty where it can.
        warm_up: its first, uncounted round in multiples of the others.
    """

    key: str
    label: str
    family: str
    runtime: str
    program: str
    variant: str
    server: str | None
    no_vector: str = ""
    warm_up: float = 1.0


def _python(key: str, label: str, program: str) -> list[Contender]:
    return [
        Contender(f"{key}-{encoding}", f"{label}, {name}", OURS, "python", program, encoding, "ours")
        for encoding, name in ENCODINGS.items()
    ]


def _lua(name: str) -> list[Contender]:
    label = {"luajit": "LuaJIT"}.get(name, name.replace("lua", "Lua "))
    variants = {**ENCODINGS, "default": "default (JSON)"} if name == "luajit" else ENCODINGS
    return [
        Contender(f"{name}-{variant}", f"{label} client, {told}", OURS, name, "client.lua", variant, "ours")
        for variant, told in variants.items()
    ]


def _java(face: str, label: str, encoding: str) -> Contender:
    variant = f"{face}-{encoding}"
    told = f"{label}, {ENCODINGS[encoding]}"
    # a JVM compiles what runs often: it is warm after some seconds
    return Contender(f"java-{variant}", told, OURS, "java", "GymBench.java", variant, "ours", warm_up=5.0)


def _raw(key: str, label: str, family: str, program: str, server: str, encoding: str = "json") -> Contender:
    return Contender(
        f"{key}-{encoding}", f"{label}, {ENCODINGS[encoding]}", family, "python", program, encoding, server
    )


ENCODINGS = {"json": "JSON", "msgpack": "MessagePack"}
# At the work of one client: one environment, frames, a vector env.
EVERYWHERE = [
    *_python("python-flat", "Python client", "client_flat.py"),
    *_python("python-env", "Python RemoteEnv", "client_env.py"),
    *(contender for name in LUA for contender in _lua(name)),
    _java("flat", "Java client", "json"),
    _java("flat", "Java client", "msgpack"),
    _java("env", "Java RemoteEnv", "msgpack"),
    Contender("openenv-sync", "OpenEnv, sync client", PEER, "openenv", "openenv_sync.py", "", "openenv", NO_VECTOR_ENV),
    Contender(
        "openenv-async", "OpenEnv, async client", PEER, "openenv", "openenv_async.py", "", "openenv", NO_VECTOR_ENV
    ),
    Contender(
        "dm_env_rpc", "dm_env_rpc (gRPC)", PEER, "dm_env_rpc", "dm_env_rpc_client.py", "", "dm_env_rpc", NO_VECTOR_ENV
    ),
    Contender(
        "original-style", "the original's style", PEER, "python", "original_style_client.py", "", "original-style",
        NO_VECTOR_ENV,
    ),
    Contender("async-vector-env", "AsyncVectorEnv", LOCAL, "python", "in_process.py", "async", None),
    Contender("in-process", "in-process", LOCAL, "python", "in_process.py", "", None),
    Contender("tcp-json", "TCP ping-pong, JSON's bytes", REFERENCE, "python", "tcp_client.py", "json", "tcp-json"),
    Contender(
        "tcp-msgpack", "TCP ping-pong, MessagePack's bytes", REFERENCE, "python", "tcp_client.py", "msgpack",
        "tcp-msgpack",
    ),
    _raw("raw", "raw socket", REFERENCE, "raw_client.py", "ours", "msgpack"),
    _raw("fixed", "fixed bytes behind our loop", REFERENCE, "raw_client.py", "fixed-msgpack", "msgpack"),
    _raw("previous-env", "Python RemoteEnv, previous server", PREVIOUS, "client_env.py", "previous", "msgpack"),
]  # fmt: skip
# At one environment only, where the encoding of an array is no matter.
AT_ONE = [
    _raw("raw", "raw socket", REFERENCE, "raw_client.py", "ours"),
    _raw("fixed", "fixed bytes behind our loop", REFERENCE, "raw_client.py", "fixed-json"),
    _raw("unix-raw", "raw socket, Unix socket", REFERENCE, "raw_client.py", "ours-unix"),
    _raw("unix-flat", "Python client, Unix socket", OURS, "client_flat.py", "ours-unix"),
    _raw("previous-raw", "raw socket, previous server", PREVIOUS, "raw_client.py", "previous"),
    _raw("previous-flat", "Python client, previous server", PREVIOUS, "client_flat.py", "previous"),
    Contender(
        "previous-whole", "previous Python client and server, JSON", PREVIOUS, "previous", "client_flat.py", "json",
        "previous",
    ),
]  # fmt: skip
# Each steps many instances at once.
OF_MANY = [
    _raw("many", "raw sockets", OURS, "raw_many.py", "ours"),
    _raw("many-unix", "raw sockets, Unix socket", OURS, "raw_many.py", "ours-unix"),
    _raw("many-previous", "raw sockets, previous server", PREVIOUS, "raw_many.py", "previous"),
    _raw("many-fixed", "raw sockets, fixed bytes", REFERENCE, "raw_many.py", "fixed-json"),
    Contender("serial", "RemoteEnv.step, one after the other", OURS, "python", "client_many.py", "serial", "ours"),
    Contender("async", "RemoteEnv.step_async and step_wait", OURS, "python", "client_many.py", "async", "ours"),
    Contender("pool", "RemotePool", OURS, "python", "client_many.py", "pool", "ours"),
]
CONTENDERS = [*EVERYWHERE, *AT_ONE, *OF_MANY]
BY_KEY = {contender.key: contender for contender in CONTENDERS}
