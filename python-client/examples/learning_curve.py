"""A learning curve for the terminal."""

from __future__ import annotations


def draw(curve: list[float], width: int = 50) -> None:
    """Print one bar for each generation, the longest `width` characters long.

    >>> draw([20.0, 250.0, 500.0], width=10)
    generation  1    20.0
    generation  2   250.0 █████
    generation  3   500.0 ██████████
    """
    for generation, value in enumerate(curve, start=1):
        print(f"generation {generation:2}  {value:6.1f} {'█' * round(width * value / max(curve))}".rstrip())
