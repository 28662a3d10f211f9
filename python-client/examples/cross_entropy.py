"""Solve CartPole with the cross-entropy method, with NumPy alone, one step at a time.

The policy pushes right where ``weights @ observation + bias > 0``. Each generation draws a population of policies from
a Gaussian, plays an episode with each and fits the Gaussian to the best (R. Y. Rubinstein, "The Cross-Entropy Method
for Combinatorial and Continuous Optimization", 1999; with noise for policies: I. Szita and A. Lőrincz, "Learning Tetris
Using the Noisy Cross-Entropy Method", 2006).
"""

from __future__ import annotations

import argparse

import numpy as np
from learning_curve import draw
from numpy.typing import NDArray
from tqdm import tqdm

from gym_http_client import RemoteEnv

SOLVED = 475.0  # mean return over 100 episodes at which CartPole-v1 counts as solved
FIRST_NOISE = 0.3  # added to the deviations, less each generation, so that the search does not narrow too soon


def play(env: RemoteEnv, policy: NDArray[np.float64], seed: int) -> float:
    """The return of one episode under `policy`, shape (5,): four weights and a bias."""
    observation, _ = env.reset(seed=seed)
    total, ended = 0.0, False
    while not ended:
        action = int(policy[:4] @ observation + policy[4] > 0)
        observation, reward, terminated, truncated, _ = env.step(action)
        total, ended = total + float(reward), terminated or truncated
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description="Solve CartPole-v1 with the cross-entropy method.")
    parser.add_argument("base", nargs="?", default="http://127.0.0.1:5000", help="the server (%(default)s)")
    parser.add_argument("--generations", type=int, default=10, help="at most so many (%(default)s)")
    parser.add_argument("--population", type=int, default=40, help="policies in each (%(default)s)")
    parser.add_argument("--trials", type=int, default=20, help="episodes of the final test (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of policies and episodes (%(default)s)")
    args = parser.parse_args()

    random = np.random.default_rng(args.seed)
    mean, deviation = np.zeros(5), np.ones(5)
    curve = []
    with RemoteEnv(args.base, "CartPole-v1") as env:
        with tqdm(total=args.generations * args.population, unit=" episodes") as bar:
            for generation in range(1, args.generations + 1):
                policies = random.normal(mean, deviation, (args.population, 5))
                returns = np.zeros(args.population)
                for index, policy in enumerate(policies):
                    returns[index] = play(env, policy, seed=int(random.integers(2**31)))
                    bar.update()
                best = policies[np.argsort(returns)[-args.population // 5 :]]
                noise = FIRST_NOISE * (1 - generation / args.generations)
                mean, deviation = best.mean(axis=0), best.std(axis=0) + noise
                curve.append(float(returns.mean()))
                bar.set_postfix_str(f"mean return {curve[-1]:.0f}")
                if curve[-1] >= SOLVED:
                    break
        draw(curve)
        trials = [play(env, mean, seed=1_000_000 + trial) for trial in tqdm(range(args.trials), unit=" trials")]
    verdict = "solved" if np.mean(trials) >= SOLVED else "not solved"
    print(f"mean return of {args.trials} trials: {np.mean(trials):.1f} ({verdict}; {SOLVED:g} is asked)")


if __name__ == "__main__":
    main()
