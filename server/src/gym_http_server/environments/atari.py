"""Ids of Atari environments that releases of ale-py have dropped, and what they stood for."""

from __future__ import annotations

import re
from typing import Any

# Those of the ids without a namespace, as ale-py registered them from 0.7 to 0.11.
_GAMES = """
    Adventure AirRaid Alien Amidar Assault Asterix Asteroids Atlantis BankHeist BattleZone BeamRider Berzerk Bowling
    Boxing Breakout Carnival Centipede ChopperCommand CrazyClimber Defender DemonAttack DoubleDunk ElevatorAction Enduro
    FishingDerby Freeway Frostbite Gopher Gravitar Hero IceHockey Jamesbond JourneyEscape Kangaroo Krull KungFuMaster
    MontezumaRevenge MsPacman NameThisGame Phoenix Pitfall Pong Pooyan PrivateEye Qbert Riverraid RoadRunner Robotank
    Seaquest Skiing Solaris SpaceInvaders StarGunner Tennis TimePilot Tutankham UpNDown Venture VideoPinball WizardOfWor
    YarsRevenge Zaxxon
"""
_NAME = re.compile("([A-Za-z]+?)(-ram)?(Deterministic|NoFrameskip)?")


def present_id(namespace: str | None, name: str, version: int | None) -> tuple[str, dict[str, Any]] | None:
    """Today's id and the arguments that a dropped one stood for beyond it; None for what was no such id.

    Versions from 1 to 4 had no sticky actions; where an id names no version, that is what it gets.
    """
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    game, ram, flavour = found.groups()
    observation = {"obs_type": "ram"} if ram else {}
    if namespace == "ALE" and ram and flavour is None and version in (None, 5):
        return f"ALE/{game}-v5", observation
    if namespace is not None or game not in _GAMES.split() or version not in (None, 0, 1, 2, 3, 4):
        return None
    deterministic = 3 if game == "SpaceInvaders" else 4  # with 4 its lasers, which blink, are never seen
    frameskip = {None: (2, 5), "Deterministic": deterministic, "NoFrameskip": 1}[flavour]
    sticky = 0.25 if version == 0 else 0.0
    return f"ALE/{game}-v5", {**observation, "frameskip": frameskip, "repeat_action_probability": sticky}
