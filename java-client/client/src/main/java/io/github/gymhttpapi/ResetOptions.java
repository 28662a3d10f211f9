package io.github.gymhttpapi;

import io.github.gymhttpapi.internal.ValueCopier;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How an episode begins. */
public final class ResetOptions {
  private final Map<String, @Nullable Object> parameters = new LinkedHashMap<>();

  /** Creates options without a seed. */
  public ResetOptions() {}

  /**
   * Seeds the environment's random numbers; of a vector env, env i gets {@code seed + i}.
   *
   * @param seed at least 0
   * @return these options
   * @throws IllegalArgumentException when it is less
   */
  public ResetOptions seed(long seed) {
    parameters.put("seed", Checks.atLeast(0, "seed", seed));
    return this;
  }

  /**
   * Seeds each env of a vector env whose vectorization mode is {@code sync} or {@code async}.
   *
   * @param seeds one for each env, at least 0
   * @return these options
   * @throws IllegalArgumentException when one is less
   */
  public ResetOptions seeds(long... seeds) {
    List<Long> list = new ArrayList<>();
    for (long seed : seeds) {
      list.add(Checks.atLeast(0, "seeds", seed));
    }
    parameters.put("seed", list);
    return this;
  }

  /**
   * Options of the environment itself.
   *
   * @param options names and values, as the environment documents them; they are copied
   * @return these options
   * @throws IllegalArgumentException when one of them cannot be sent
   */
  public ResetOptions options(Map<String, ? extends @Nullable Object> options) {
    parameters.put("options", ValueCopier.copy(options));
    return this;
  }

  Map<String, @Nullable Object> parameters() {
    return parameters;
  }
}
