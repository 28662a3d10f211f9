package io.github.gymhttpapi;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a step of each env of a vector env led to; element i belongs to env i. */
public final class VectorStepResult extends Observation {
  private final double[] rewards;
  private final boolean[] terminated;
  private final boolean[] truncated;

  VectorStepResult(
      @Nullable Object observation,
      double[] rewards,
      boolean[] terminated,
      boolean[] truncated,
      Map<String, @Nullable Object> info) {
    super(observation, info);
    this.rewards = rewards;
    this.terminated = terminated;
    this.truncated = truncated;
  }

  /**
   * The steps' rewards.
   *
   * @return one for each env; the array itself
   */
  public double[] rewards() {
    return rewards;
  }

  /**
   * Which episodes came to an end of the task's own.
   *
   * @return one for each env; the array itself
   */
  public boolean[] terminated() {
    return terminated;
  }

  /**
   * Which episodes were cut off from outside.
   *
   * @return one for each env; the array itself
   */
  public boolean[] truncated() {
    return truncated;
  }

  /**
   * Which episodes are over, for either reason.
   *
   * @return one for each env; a new array
   */
  public boolean[] done() {
    boolean[] done = new boolean[terminated.length];
    for (int i = 0; i < done.length; i++) {
      done[i] = terminated[i] || truncated[i];
    }
    return done;
  }

  @Override
  public String toString() {
    return "VectorStepResult("
        + observation()
        + ", rewards "
        + java.util.Arrays.toString(rewards)
        + ")";
  }
}
