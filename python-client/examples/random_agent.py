"""A random agent, in ten lines. Start a server first: ``gym-http-server``."""

import sys

from gym_http_client import RemoteEnv

with RemoteEnv(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:5000", "CartPole-v1") as env:
    for episode in range(5):
        observation, info = env.reset(seed=episode)
        total, ended = 0.0, False
        while not ended:
            observation, reward, terminated, truncated, info = env.step(env.action_space.sample())
            total, ended = total + float(reward), terminated or truncated
        print(f"episode {episode}: return {total:.0f}")
