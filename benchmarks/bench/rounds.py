"""Plays the cases of a workload in turn: a warm-up each, then rounds in which every case has its turn."""

from __future__ import annotations

from dataclasses import dataclass

from .arena import Arena
from .processes import CannotRunError, Client, Server
from .summary import Result, Round, summarize
from .workloads import Case, Workload

MAX_STEPS = 200_000  # of one client in one round


@dataclass
class _Player:
    """A case, its processes and its result; no processes where it cannot run."""

    case: Case
    result: Result
    clients: list[Client]
    server: Server | None = None

    def give_up(self, reason: CannotRunError) -> None:
        self.result.cannot_run, self.result.rounds, self.clients = str(reason), [], []


def play(workload: Workload, arena: Arena, rounds: int, seconds: float) -> list[Result]:
    """Measure every case; one that cannot run, or stops to, has the reason in its result."""
    length = seconds * workload.length
    players = [_start(workload.name, case, arena) for case in workload.cases]
    for player in players:
        _wait_ready(player)
    for player in players:
        _turn(player, length * player.case.contender.warm_up)
    for number in range(rounds):
        first = number * len(players) // rounds  # no case always follows the same one at the same moment
        for player in players[first:] + players[:first]:
            one = _turn(player, length)
            if one is not None:
                player.result.rounds.append(one)
    return [player.result for player in players]


def _start(workload: str, case: Case, arena: Arena) -> _Player:
    contender = case.contender
    result = Result(workload, contender.key, contender.label, contender.family, case.x, case.num_envs)
    player = _Player(case, result, [])
    try:
        player.clients = arena.clients(case)
        player.server = arena.server_of(case)
    except CannotRunError as error:
        player.give_up(error)
    return player


def _wait_ready(player: _Player) -> None:
    try:
        for client in player.clients:
            client.wait_ready()
    except CannotRunError as error:
        player.give_up(error)


def _turn(player: _Player, seconds: float) -> Round | None:
    if not player.clients:
        return None
    try:
        before = _cpu_seconds(player)
        for client in player.clients:
            client.begin(seconds, MAX_STEPS)
        played = [client.finish(seconds) for client in player.clients]
        after = _cpu_seconds(player)
        return summarize(played, player.case.num_envs, after[0] - before[0], after[1] - before[1])
    except CannotRunError as error:
        player.give_up(error)
        return None


def _cpu_seconds(player: _Player) -> tuple[float, float]:
    clients = sum(client.cpu_seconds() for client in player.clients)
    return clients, player.server.cpu_seconds() if player.server is not None else 0.0
