package io.github.gymhttpapi;

import io.github.gymhttpapi.internal.Primitives;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A dense array of numbers in C (row-major) order: an observation of a Box, a batch of rewards, a
 * frame.
 *
 * <p>The elements lie in one primitive array. {@link #doubles()}, {@link #floats()} and their like
 * return that very array where the type is already right, else a converted copy. An array of shape
 * {@code []} holds one number.
 */
public final class NDArray {
  private final DType dtype;
  private final int[] shape;
  private final Object data;

  private NDArray(DType dtype, Object data, int[] shape) {
    this.dtype = dtype;
    this.data = data;
    this.shape = shape;
  }

  /**
   * Wraps a primitive array without copying it.
   *
   * @param dtype the elements' type
   * @param data a {@code byte[]} for the 8-bit types, {@code short[]} for 16-bit integers, {@code
   *     int[]}, {@code long[]}, {@code float[]} (float16 too) or {@code double[]}
   * @param shape the shape; its product is the number of elements
   * @return the array
   * @throws IllegalArgumentException when the data do not fit the type or the shape
   */
  public static NDArray of(DType dtype, Object data, int... shape) {
    Objects.requireNonNull(dtype, "dtype");
    if (data.getClass() != Primitives.storage(dtype)) {
      String expected = Primitives.storage(dtype).getSimpleName();
      throw new IllegalArgumentException(
          "Elements of "
              + dtype.numpyName()
              + " come in a "
              + expected
              + ", not "
              + data.getClass().getSimpleName());
    }
    long size = 1;
    for (int length : shape) {
      if (length < 0) {
        throw new IllegalArgumentException("Negative length in shape " + Arrays.toString(shape));
      }
      size = Math.min(size * length, Integer.MAX_VALUE + 1L); // more than any array has
    }
    if (size != Primitives.length(data)) {
      throw new IllegalArgumentException(
          "Shape "
              + Arrays.toString(shape)
              + " does not hold "
              + Primitives.length(data)
              + " elements");
    }
    return new NDArray(dtype, data, shape.clone());
  }

  /**
   * Wraps 32-bit floats.
   *
   * @param data the elements
   * @param shape the shape; none given means one dimension
   * @return a float32 array
   */
  public static NDArray of(float[] data, int... shape) {
    return of(DType.FLOAT32, data, orFlat(shape, data.length));
  }

  /**
   * Wraps 64-bit floats.
   *
   * @param data the elements
   * @param shape the shape; none given means one dimension
   * @return a float64 array
   */
  public static NDArray of(double[] data, int... shape) {
    return of(DType.FLOAT64, data, orFlat(shape, data.length));
  }

  /**
   * Wraps 32-bit integers.
   *
   * @param data the elements
   * @param shape the shape; none given means one dimension
   * @return an int32 array
   */
  public static NDArray of(int[] data, int... shape) {
    return of(DType.INT32, data, orFlat(shape, data.length));
  }

  /**
   * Wraps 64-bit integers.
   *
   * @param data the elements
   * @param shape the shape; none given means one dimension
   * @return an int64 array
   */
  public static NDArray of(long[] data, int... shape) {
    return of(DType.INT64, data, orFlat(shape, data.length));
  }

  /**
   * Wraps unsigned bytes, as frames have them.
   *
   * @param data the elements; Java's -1 is 255
   * @param shape the shape; none given means one dimension
   * @return a uint8 array
   */
  public static NDArray of(byte[] data, int... shape) {
    return of(DType.UINT8, data, orFlat(shape, data.length));
  }

  private static int[] orFlat(int[] shape, int length) {
    return shape.length == 0 ? new int[] {length} : shape;
  }

  /**
   * The elements' type.
   *
   * @return the dtype
   */
  public DType dtype() {
    return dtype;
  }

  /**
   * The lengths of the dimensions.
   *
   * @return a copy of the shape
   */
  public int[] shape() {
    return shape.clone();
  }

  /**
   * The number of elements.
   *
   * @return the product of the shape
   */
  public int size() {
    return Primitives.length(data);
  }

  /**
   * One element as a double; int64 beyond 2^53 is rounded.
   *
   * @param index position in C order
   * @return the element
   */
  public double doubleAt(int index) {
    return Primitives.doubleAt(dtype, data, index);
  }

  /**
   * One element as a long; floats are truncated, uint64 beyond 2^63 wraps.
   *
   * @param index position in C order
   * @return the element
   */
  public long longAt(int index) {
    return Primitives.longAt(dtype, data, index);
  }

  /**
   * The elements as doubles.
   *
   * @return the array itself when the dtype is float64, else a copy
   */
  public double[] doubles() {
    return Primitives.doubles(dtype, data);
  }

  /**
   * The elements as floats.
   *
   * @return the array itself when the dtype is float32 or float16, else a copy (rounded to float)
   */
  public float[] floats() {
    return Primitives.floats(dtype, data);
  }

  /**
   * The elements as longs.
   *
   * @return the array itself when the dtype is int64 or uint64, else a copy (floats truncated)
   */
  public long[] longs() {
    return Primitives.longs(dtype, data);
  }

  /**
   * The elements as ints.
   *
   * @return the array itself when the dtype is int32 or uint32, else a copy (cut to 32 bits)
   */
  public int[] ints() {
    return Primitives.ints(dtype, data);
  }

  /**
   * The elements of an 8-bit array; of an uint8 array, Java's -1 is 255.
   *
   * @return the array itself
   * @throws IllegalStateException when the dtype is not int8, uint8 or bool
   */
  public byte[] bytes() {
    if (!(data instanceof byte[])) {
      throw new IllegalStateException("An array of " + dtype.numpyName() + " is not made of bytes");
    }
    return (byte[]) data;
  }

  /**
   * The elements as booleans: true where not 0.
   *
   * @return a new array
   */
  public boolean[] booleans() {
    boolean[] out = new boolean[size()];
    for (int i = 0; i < out.length; i++) {
      out[i] = doubleAt(i) != 0;
    }
    return out;
  }

  /**
   * The primitive array that holds the elements, as {@link #of(DType, Object, int...)} takes it.
   *
   * @return the array itself
   */
  public Object data() {
    return data;
  }

  /**
   * One row of the first dimension: of a vector env's batch, what belongs to one env.
   *
   * @param index position in the first dimension
   * @return a copy of that row, with one dimension less
   * @throws IndexOutOfBoundsException when there is no such row
   */
  public NDArray row(int index) {
    Objects.checkIndex(index, shape.length == 0 ? 0 : shape[0]);
    int length = size() / shape[0];
    Object row = Primitives.range(data, index * length, length);
    return new NDArray(dtype, row, Arrays.copyOfRange(shape, 1, shape.length));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    if (!(other instanceof NDArray)) {
      return false;
    }
    NDArray that = (NDArray) other;
    return dtype == that.dtype
        && Arrays.equals(shape, that.shape)
        && Objects.deepEquals(data, that.data);
  }

  @Override
  public int hashCode() {
    return Arrays.deepHashCode(new Object[] {dtype, shape, data});
  }

  /** The type, the shape and the first few elements. */
  @Override
  public String toString() {
    StringBuilder text =
        new StringBuilder(dtype.numpyName()).append(Arrays.toString(shape)).append(" {");
    int shown = Math.min(size(), 8);
    for (int i = 0; i < shown; i++) {
      text.append(i == 0 ? "" : ", ").append(element(i));
    }
    return text.append(size() > shown ? ", ...}" : "}").toString();
  }

  private String element(int index) {
    if (dtype.isFloat()) {
      return String.valueOf(doubleAt(index));
    }
    return dtype == DType.UINT64
        ? Long.toUnsignedString(longAt(index))
        : String.valueOf(longAt(index));
  }
}
