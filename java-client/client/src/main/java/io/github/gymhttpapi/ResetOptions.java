package io.github.gymhttpapi;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
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
   */
  public ResetOptions seed(long seed) {
    parameters.put("seed", seed);
    return this;
  }

  /**
   * Seeds each env of a vector env whose vectorization mode is {@code sync} or {@code async}.
   *
   * @param seeds one for each env, at least 0
   * @return these options
   */
  public ResetOptions seeds(long... seeds) {
    parameters.put("seed", Arrays.stream(seeds).boxed().collect(Collectors.toList()));
    return this;
  }

  /**
   * Options of the environment itself.
   *
   * @param options names and values, as the environment documents them
   * @return these options
   */
  public ResetOptions options(Map<String, ? extends @Nullable Object> options) {
    parameters.put("options", options);
    return this;
  }

  Map<String, @Nullable Object> parameters() {
    return parameters;
  }
}
