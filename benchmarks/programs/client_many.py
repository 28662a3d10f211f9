"""Many of our Python client's environments in one thread, whose episodes have no end; the variant is how to step them.

``serial``: one after the other. ``async``: begin a step of each, then wait for each. ``pool``: have a `RemotePool` say
which are ready first, a quarter of them at a time.
"""

from __future__ import annotations

from time import perf_counter

from loop import Job, Play, read_job, serve_rounds

from gym_http_client import RemoteEnv, RemotePool


def open_envs(job: Job) -> Play:
    """Steps all, and then all again."""
    envs = [RemoteEnv(job.base, job.env_id) for _ in range(job.instances)]
    actions = job.actions()
    for env in envs:
        env.reset()

    def serial(action: int) -> None:
        for env in envs:
            env.step(action)

    def together(action: int) -> None:
        for env in envs:
            env.step_async(action)
        for env in envs:
            env.step_wait()

    step = serial if job.variant == "serial" else together

    def play(seconds: float, max_steps: int) -> tuple[float, list[float]]:
        durations: list[float] = []
        start = before = perf_counter()
        while before - start < seconds and len(durations) < max_steps:
            step(actions[len(durations) % len(actions)])
            after = perf_counter()
            durations += [after - before] * len(envs)  # nobody has a result before the last one has
            before = after
        return before - start, durations

    return play


def open_pool(job: Job) -> Play:
    """Steps those that are ready."""
    batch_size = max(1, job.instances // 4)
    pool = RemotePool(job.base, job.env_id, job.instances, batch_size)
    actions = [[action] * batch_size for action in job.actions()]
    batches = job.instances // batch_size
    pool.async_reset()
    indices = [pool.recv().indices for _ in range(batches)]

    def play(seconds: float, max_steps: int) -> tuple[float, list[float]]:
        durations: list[float] = []
        sent: dict[int, float] = {}
        start = now = perf_counter()
        for each in indices:
            pool.send(actions[0], each)
            sent.update(dict.fromkeys(each, now))
        while sent:  # to the last, so that the next round begins with none under way
            ready = pool.recv().indices
            now = perf_counter()
            durations += [now - sent.pop(index) for index in ready]
            if now - start < seconds and len(durations) < max_steps:
                pool.send(actions[len(durations) % len(actions)], ready)
                sent.update(dict.fromkeys(ready, now))
        return now - start, durations

    return play


def main() -> None:
    """As many environments as the job says."""
    job = read_job()
    serve_rounds(open_pool(job) if job.variant == "pool" else open_envs(job))


main()
