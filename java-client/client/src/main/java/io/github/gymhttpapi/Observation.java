package io.github.gymhttpapi;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An observation, as a value of the environment's observation space, and what the environment says
 * beside it.
 */
public abstract class Observation {
  private final @Nullable Object observation;
  private final Map<String, @Nullable Object> info;

  Observation(@Nullable Object observation, Map<String, @Nullable Object> info) {
    this.observation = observation;
    this.info = info;
  }

  /**
   * The observation.
   *
   * @return a value as {@link io.github.gymhttpapi.space.Space} says: an {@link NDArray} for a Box,
   *     a {@link Long} for a Discrete
   */
  public @Nullable Object observation() {
    return observation;
  }

  /**
   * What else the environment says. From JSON, NaN is null here.
   *
   * @return an unmodifiable map
   */
  public Map<String, @Nullable Object> info() {
    return info;
  }

  /**
   * The observation of an array space.
   *
   * @return the array
   * @throws IllegalStateException when the observation is no array
   */
  public NDArray array() {
    return as(NDArray.class);
  }

  /**
   * The observation of an array space, flat.
   *
   * @return the elements in C order; the very array when the dtype is float64, else a copy
   * @throws IllegalStateException when the observation is no array
   */
  public double[] doubles() {
    return array().doubles();
  }

  /**
   * The observation of an array space, flat.
   *
   * @return the elements in C order; the very array when the dtype is float32, else a copy
   * @throws IllegalStateException when the observation is no array
   */
  public float[] floats() {
    return array().floats();
  }

  /**
   * The observation of a space of bytes, such as a frame, flat.
   *
   * @return the elements in C order, Java's -1 for 255
   * @throws IllegalStateException when the observation is no array of bytes
   */
  public byte[] bytes() {
    return array().bytes();
  }

  /**
   * The observation of a Discrete space.
   *
   * @return the number
   * @throws IllegalStateException when the observation is no integer
   */
  public long discrete() {
    return as(Long.class);
  }

  private <T> T as(Class<T> type) {
    if (type.isInstance(observation)) {
      return type.cast(observation);
    }
    String actual = observation == null ? "null" : observation.getClass().getSimpleName();
    throw new IllegalStateException(
        "The observation is a " + actual + ", not a " + type.getSimpleName());
  }
}
