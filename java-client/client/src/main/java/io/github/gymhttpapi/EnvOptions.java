package io.github.gymhttpapi;

import io.github.gymhttpapi.internal.ValueCopier;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** How an environment is made; what is not set is left to the server. */
public final class EnvOptions {
  private static final List<String> VECTORIZATION = List.of("sync", "async", "vector_entry_point");
  private static final List<String> AUTORESET = List.of("next_step", "same_step", "disabled");

  private final Map<String, @Nullable Object> parameters = new LinkedHashMap<>();

  /** Creates options that leave everything to the server. */
  public EnvOptions() {}

  /**
   * Seeds the first reset that brings no seed of its own, and the sampling of actions.
   *
   * @param seed at least 0
   * @return these options
   * @throws IllegalArgumentException when it is less
   */
  public EnvOptions seed(long seed) {
    return with("seed", Checks.atLeast(0, "seed", seed));
  }

  /**
   * Keyword arguments of the environment itself, such as {@code Map.of("is_slippery", false)}.
   *
   * @param kwargs names and values, which are copied
   * @return these options
   * @throws IllegalArgumentException when one of them cannot be sent
   */
  public EnvOptions kwargs(Map<String, ? extends @Nullable Object> kwargs) {
    return with("kwargs", ValueCopier.copy(kwargs));
  }

  /**
   * The number of steps after which an episode is truncated.
   *
   * @param steps at least 1, or -1 for no limit
   * @return these options
   */
  public EnvOptions maxEpisodeSteps(int steps) {
    return with("max_episode_steps", steps);
  }

  /**
   * The number of environments in a vector env; more than 1 makes one, see {@link RemoteVectorEnv}.
   *
   * @param count at least 1
   * @return these options
   * @throws IllegalArgumentException when it is less
   */
  public EnvOptions numEnvs(int count) {
    return with("num_envs", (int) Checks.atLeast(1, "numEnvs", count));
  }

  /**
   * How a vector env runs: {@code sync}, {@code async} or {@code vector_entry_point}. Makes a
   * vector env.
   *
   * @param mode the mode
   * @return these options
   * @throws IllegalArgumentException when it is none of them
   */
  public EnvOptions vectorizationMode(String mode) {
    return with("vectorization_mode", Checks.oneOf("vectorizationMode", mode, VECTORIZATION));
  }

  /**
   * When a vector env starts a new episode: {@code next_step}, {@code same_step} or {@code
   * disabled}. Makes a vector env.
   *
   * @param mode the mode, also as Gymnasium spells it: {@code NextStep}
   * @return these options
   * @throws IllegalArgumentException when it is none of them
   */
  public EnvOptions autoresetMode(String mode) {
    return with("autoreset_mode", Checks.oneOf("autoresetMode", mode, AUTORESET));
  }

  /**
   * The environment's render mode; not set, it gives frames where it can.
   *
   * @param mode such as {@code rgb_array}, or null for none
   * @return these options
   */
  public EnvOptions renderMode(@Nullable String mode) {
    return with("render_mode", mode);
  }

  /**
   * The seed, where one is set.
   *
   * @return the seed
   */
  public OptionalLong seed() {
    Object seed = parameters.get("seed");
    return seed instanceof Long ? OptionalLong.of((Long) seed) : OptionalLong.empty();
  }

  /**
   * The same options, to be changed on their own.
   *
   * @return a copy
   */
  public EnvOptions copy() {
    EnvOptions copy = new EnvOptions();
    copy.parameters.putAll(parameters);
    return copy;
  }

  /** The same options where they make a vector env, else a copy that makes one of a single env. */
  EnvOptions vectorized() {
    boolean single =
        Objects.equals(parameters.getOrDefault("num_envs", 1), 1)
            && parameters.get("vectorization_mode") == null
            && parameters.get("autoreset_mode") == null;
    return single ? copy().vectorizationMode("sync") : this;
  }

  private EnvOptions with(String name, @Nullable Object value) {
    parameters.put(name, value);
    return this;
  }

  Map<String, @Nullable Object> parameters() {
    return parameters;
  }
}
