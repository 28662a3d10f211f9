package io.github.gymhttpapi.space;

import io.github.gymhttpapi.DType;
import io.github.gymhttpapi.NDArray;
import io.github.gymhttpapi.internal.NestedLists;
import org.jspecify.annotations.Nullable;

/** Arrays of integers, each element from its {@link #start()} to {@code start + nvec - 1}. */
public final class MultiDiscrete extends Space {
  private final DType dtype;
  private final NDArray nvec;
  private final NDArray start;

  MultiDiscrete(Description description) {
    dtype = dtype(description, DType.INT64);
    nvec = description.array("nvec", DType.INT64);
    int[] shape = nvec.shape();
    start =
        description.has("start")
            ? description.array("start", DType.INT64)
            : NDArray.of(DType.INT64, new long[nvec.size()], shape);
  }

  /**
   * The type of the elements.
   *
   * @return an integer dtype
   */
  public DType dtype() {
    return dtype;
  }

  /**
   * How many values each element has.
   *
   * @return an array of the space's shape
   */
  public NDArray nvec() {
    return nvec;
  }

  /**
   * The smallest value of each element.
   *
   * @return an array of the space's shape, mostly zeros
   */
  public NDArray start() {
    return start;
  }

  @Override
  public NDArray read(@Nullable Object wire) {
    return NestedLists.array(wire, dtype, nvec.shape());
  }

  @Override
  Object readBatch(@Nullable Object wire) {
    return NestedLists.array(wire, dtype, batchShape(nvec.shape()));
  }

  @Override
  public String toString() {
    return "MultiDiscrete(" + nvec + ")";
  }
}
