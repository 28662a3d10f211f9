"""The environments that cases need; importing this module registers them with Gymnasium under `conformance/`."""

from gymnasium.envs.registration import register

_HERE = "gym_http_conformance.envs"

register("conformance/Count-v0", f"{_HERE}.counting:Count", reward_threshold=10.0)
register("conformance/Blind-v0", f"{_HERE}.counting:Blind", nondeterministic=True)
register("conformance/Spaces-v0", f"{_HERE}.echo:Spaces", disable_env_checker=True)
register("conformance/Numbers-v0", f"{_HERE}.odd:Numbers", disable_env_checker=True)
register("conformance/Info-v0", f"{_HERE}.odd:Info", disable_env_checker=True)
register("conformance/Raise-v0", f"{_HERE}.odd:Raise", disable_env_checker=True)
register("conformance/Uninstalled-v0", "no_such_package:Env", disable_env_checker=True)
register("conformance/Foreign-v0", f"{_HERE}.foreign:Foreign", disable_env_checker=True)
