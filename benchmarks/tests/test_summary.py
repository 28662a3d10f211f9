"""The figures that the report is made of."""

from bench.summary import Result, Round, percentile, spread, summarize


def test_percentiles_are_values_that_occurred() -> None:
    ordered = [float(value) for value in range(1, 101)]
    assert [percentile(ordered, part) for part in (0.5, 0.9, 0.99, 0.999, 1.0)] == [50.0, 90.0, 99.0, 100.0, 100.0]
    assert percentile([7.0], 0.5) == percentile([7.0], 0.999) == 7.0


def test_a_round_counts_the_time_of_resets_but_not_in_the_latencies() -> None:
    # four steps of 100 µs in half a second: the rest went into resets
    one = summarize([(0.5, [100.0] * 4)])
    assert one == Round(rate=8.0, p50=100.0, p90=100.0, p99=100.0, p999=100.0, calls=4)


def test_clients_at_once_add_up_each_over_its_own_time() -> None:
    both = summarize([(1.0, [10.0] * 30), (2.0, [20.0] * 20)])
    assert both.rate == 30 / 1.0 + 20 / 2.0
    assert (both.calls, both.p50, both.p90) == (50, 10.0, 20.0)


def test_a_vector_env_steps_many_environments_a_call() -> None:
    assert summarize([(2.0, [1.0] * 10)], num_envs=256).rate == 1280.0


def test_processor_time_is_spread_over_the_steps_of_all_rounds() -> None:
    result = Result("cartpole", "key", "label", "family", None, num_envs=4)
    result.rounds = [Round(1.0, 1.0, 1.0, 1.0, 1.0, calls, 0.02, cpu) for calls, cpu in ((100, 0.01), (300, 0.07))]
    assert result.cpu("client") == 25.0
    assert round(result.cpu("server"), 6) == 50.0


def test_one_bad_round_moves_the_spread_and_not_the_median() -> None:
    assert (spread([5.0, 4.0, 900.0]).median, spread([5.0, 4.0, 900.0]).low) == (5.0, 4.0)
    result = Result("cartpole", "key", "label", "family", None)
    result.rounds = [Round(rate, 1.0, 2.0, 3.0, 4.0, 10) for rate in (100.0, 5.0, 102.0)]
    assert result.as_json()["median"] == {"rate": 100.0, "p50": 1.0, "p90": 2.0, "p99": 3.0, "p999": 4.0}
