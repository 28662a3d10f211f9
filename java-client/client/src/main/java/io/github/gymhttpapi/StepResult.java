package io.github.gymhttpapi;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a step led to. */
public final class StepResult extends Observation {
  private final double reward;
  private final boolean terminated;
  private final boolean truncated;

  StepResult(
      @Nullable Object observation,
      double reward,
      boolean terminated,
      boolean truncated,
      Map<String, @Nullable Object> info) {
    super(observation, info);
    this.reward = reward;
    this.terminated = terminated;
    this.truncated = truncated;
  }

  /**
   * The step's reward.
   *
   * @return the reward
   */
  public double reward() {
    return reward;
  }

  /**
   * Whether the episode came to an end of the task's own: do not bootstrap from the next value.
   *
   * @return true in a terminal state
   */
  public boolean terminated() {
    return terminated;
  }

  /**
   * Whether the episode was cut off from outside, mostly by a time limit.
   *
   * @return true when cut off
   */
  public boolean truncated() {
    return truncated;
  }

  /**
   * Whether the episode is over, for either reason.
   *
   * @return {@code terminated || truncated}
   */
  public boolean done() {
    return terminated || truncated;
  }

  @Override
  public String toString() {
    String end = terminated ? ", terminated" : truncated ? ", truncated" : "";
    return "StepResult(" + observation() + ", reward " + reward + end + ")";
  }
}
