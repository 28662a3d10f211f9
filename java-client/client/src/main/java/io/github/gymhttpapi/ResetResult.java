package io.github.gymhttpapi;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How an episode begins; of a vector env, how all its episodes begin. */
public final class ResetResult extends Observation {
  ResetResult(@Nullable Object observation, Map<String, @Nullable Object> info) {
    super(observation, info);
  }

  @Override
  public String toString() {
    return "ResetResult(" + observation() + ")";
  }
}
