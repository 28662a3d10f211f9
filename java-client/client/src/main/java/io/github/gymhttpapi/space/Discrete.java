package io.github.gymhttpapi.space;

import io.github.gymhttpapi.DType;
import io.github.gymhttpapi.internal.NestedLists;
import org.jspecify.annotations.Nullable;

/** The integers from {@link #start()} to {@code start + n - 1}. */
public final class Discrete extends Space {
  private final long n;
  private final long start;

  Discrete(Description description) {
    n = description.integer("n");
    start = description.has("start") ? description.integer("start") : 0;
  }

  /**
   * How many values there are.
   *
   * @return at least 1
   */
  public long n() {
    return n;
  }

  /**
   * The smallest value.
   *
   * @return mostly 0
   */
  public long start() {
    return start;
  }

  @Override
  public Long read(@Nullable Object wire) {
    return integer(wire, "an integer");
  }

  @Override
  Object readBatch(@Nullable Object wire) {
    return NestedLists.array(wire, DType.INT64, 0);
  }

  @Override
  public String toString() {
    return start == 0 ? "Discrete(" + n + ")" : "Discrete(" + n + ", start=" + start + ")";
  }
}
