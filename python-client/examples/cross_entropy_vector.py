"""Solve CartPole with the cross-entropy method over a vector env: one call steps the whole population.

The method is that of ``cross_entropy.py``; here policy i plays environment i, and a generation's episodes run at once.
"""

from __future__ import annotations

import argparse

import numpy as np
from learning_curve import draw
from numpy.typing import NDArray
from tqdm import tqdm

from gym_http_client import RemoteVectorEnv

SOLVED = 475.0  # mean return over 100 episodes at which CartPole-v1 counts as solved
FIRST_NOISE = 0.3  # added to the deviations, less each generation, so that the search does not narrow too soon


def play(envs: RemoteVectorEnv, policies: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """The return of one episode under each of the policies, shape (num_envs, 5): four weights and a bias."""
    observations, _ = envs.reset(seed=seed)
    returns = np.zeros(envs.num_envs)
    playing = np.ones(envs.num_envs, dtype=bool)
    while playing.any():
        actions = ((policies[:, :4] * observations).sum(axis=1) + policies[:, 4] > 0).astype(np.int64)
        observations, rewards, terminated, truncated, _ = envs.step(actions)
        returns += rewards * playing
        playing &= ~(terminated | truncated)
    return returns


def main() -> None:
    parser = argparse.ArgumentParser(description="Solve CartPole-v1 with the cross-entropy method over a vector env.")
    parser.add_argument("base", nargs="?", default="http://127.0.0.1:5000", help="the server (%(default)s)")
    parser.add_argument("--generations", type=int, default=10, help="at most so many (%(default)s)")
    parser.add_argument("--num-envs", type=int, default=100, help="policies in each, and final trials (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of policies and episodes (%(default)s)")
    args = parser.parse_args()

    random = np.random.default_rng(args.seed)
    mean, deviation = np.zeros(5), np.ones(5)
    curve = []
    with RemoteVectorEnv(args.base, "CartPole-v1", num_envs=args.num_envs) as envs:
        with tqdm(range(1, args.generations + 1), unit=" generations") as bar:
            for generation in bar:
                policies = random.normal(mean, deviation, (args.num_envs, 5))
                returns = play(envs, policies, seed=int(random.integers(2**31)))
                best = policies[np.argsort(returns)[-args.num_envs // 5 :]]
                noise = FIRST_NOISE * (1 - generation / args.generations)
                mean, deviation = best.mean(axis=0), best.std(axis=0) + noise
                curve.append(float(returns.mean()))
                bar.set_postfix_str(f"mean return {curve[-1]:.0f}")
                if curve[-1] >= SOLVED:
                    break
        draw(curve)
        trials = play(envs, np.tile(mean, (args.num_envs, 1)), seed=1_000_000)
    verdict = "solved" if trials.mean() >= SOLVED else "not solved"
    print(f"mean return of {args.num_envs} trials: {trials.mean():.1f} ({verdict}; {SOLVED:g} is asked)")


if __name__ == "__main__":
    main()
