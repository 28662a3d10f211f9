package io.github.gymhttpapi.space;

import io.github.gymhttpapi.DType;
import io.github.gymhttpapi.NDArray;
import io.github.gymhttpapi.internal.NestedLists;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Arrays of zeros and ones (int8). */
public final class MultiBinary extends Space {
  private final int[] shape;

  MultiBinary(Description description) {
    if (description.has("shape")) {
      shape = description.shape("shape");
    } else {
      NDArray n = description.array("n", DType.INT32);
      shape = n.ints();
    }
  }

  /**
   * The shape of every value.
   *
   * @return a copy
   */
  public int[] shape() {
    return shape.clone();
  }

  @Override
  public NDArray read(@Nullable Object wire) {
    return NestedLists.array(wire, DType.INT8, shape);
  }

  @Override
  Object readBatch(@Nullable Object wire) {
    return NestedLists.array(wire, DType.INT8, batchShape(shape));
  }

  @Override
  public String toString() {
    return "MultiBinary(" + Arrays.toString(shape) + ")";
  }
}
