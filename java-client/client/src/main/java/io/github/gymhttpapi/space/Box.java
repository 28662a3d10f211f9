package io.github.gymhttpapi.space;

import io.github.gymhttpapi.DType;
import io.github.gymhttpapi.NDArray;
import io.github.gymhttpapi.internal.Nested;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Arrays of one shape and dtype, each element between a lower and an upper bound. */
public final class Box extends Space {
  private final int[] shape;
  private final DType dtype;
  private final NDArray low;
  private final NDArray high;

  Box(Facts facts) {
    shape = facts.shape("shape");
    dtype = dtype(facts, DType.FLOAT32);
    low = NDArray.of(dtype, facts.array("low", dtype).data(), shape);
    high = NDArray.of(dtype, facts.array("high", dtype).data(), shape);
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
    return Nested.array(wire, dtype, shape);
  }

  @Override
  Object readBatch(@Nullable Object wire) {
    return Nested.array(wire, dtype, batchShape(shape));
  }

  @Override
  public String toString() {
    return "Box(" + Arrays.toString(shape) + ", " + dtype.numpyName() + ")";
  }
}
