package io.github.gymhttpapi.space;

import io.github.gymhttpapi.DType;
import io.github.gymhttpapi.NDArray;
import io.github.gymhttpapi.internal.NestedLists;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Arrays of one shape and dtype, each element between a lower and an upper bound. */
public final class Box extends Space {
  private final int[] shape;
  private final DType dtype;
  private final NDArray low;
  private final NDArray high;

  Box(Description description) {
    shape = description.shape("shape");
    dtype = dtype(description, DType.FLOAT32);
    low = NDArray.of(dtype, description.array("low", dtype).data(), shape);
    high = NDArray.of(dtype, description.array("high", dtype).data(), shape);
  }

  /**
   * The shape of every value.
   *
   * @return a copy
   */
  public int[] shape() {
    return shape.clone();
  }

  /**
   * The type of the elements.
   *
   * @return the dtype
   */
  public DType dtype() {
    return dtype;
  }

  /**
   * The lower bounds; minus infinity where there is none.
   *
   * @return an array of the space's shape and dtype
   */
  public NDArray low() {
    return low;
  }

  /**
   * The upper bounds; infinity where there is none.
   *
   * @return an array of the space's shape and dtype
   */
  public NDArray high() {
    return high;
  }

  @Override
  public NDArray read(@Nullable Object wire) {
    return NestedLists.array(wire, dtype, shape);
  }

  @Override
  Object readBatch(@Nullable Object wire) {
    return NestedLists.array(wire, dtype, batchShape(shape));
  }

  @Override
  public String toString() {
    return "Box(" + Arrays.toString(shape) + ", " + dtype.numpyName() + ")";
  }
}
