package io.github.gymhttpapi.internal;

import io.github.gymhttpapi.DType;
import io.github.gymhttpapi.DecodeException;
import io.github.gymhttpapi.NDArray;
import java.lang.reflect.Array;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Nested lists of numbers, as JSON has them, into arrays. */
public final class NestedLists {
  private final DType dtype;
  private final int[] shape;
  private final Object data;
  private int filled;

  private NestedLists(DType dtype, int[] shape) {
    this.dtype = dtype;
    this.shape = shape;
    int size = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    this.data = Array.newInstance(Primitives.storage(dtype).getComponentType(), size);
  }

  /**
   * Reads an array from what a document holds: nested lists, a bare number, or an array already.
   *
   * @param wire the document's part
   * @param dtype the elements' type; an array that is one already keeps its own
   * @param emptyShape the shape of an array without elements, whose nested lists may not tell it
   * @throws DecodeException when it is not numbers in lists of equal lengths, or they do not fit
   *     the type
   */
  public static NDArray array(@Nullable Object wire, DType dtype, int... emptyShape) {
    if (wire instanceof NDArray) {
      return (NDArray) wire;
    }
    NestedLists array = new NestedLists(dtype, shapeOf(wire));
    array.fill(wire, 0);
    boolean empty = Primitives.length(array.data) == 0;
    return NDArray.of(dtype, array.data, empty ? emptyShape : array.shape);
  }

  private static int[] shapeOf(@Nullable Object wire) {
    int[] shape = new int[8];
    int rank = 0;
    Object part = wire;
    while (part instanceof List) {
      List<?> list = (List<?>) part;
      if (rank == shape.length) {
        shape = Arrays.copyOf(shape, 2 * rank);
      }
      shape[rank++] = list.size();
      part = list.isEmpty() || list instanceof NumberList ? null : list.get(0);
    }
    return Arrays.copyOf(shape, rank);
  }

  private void fill(@Nullable Object wire, int depth) {
    if (depth == shape.length) {
      put(wire);
      return;
    }
    if (!(wire instanceof List) || ((List<?>) wire).size() != shape[depth]) {
      throw new DecodeException(
          "Expected numbers in nested lists of equal lengths, got " + describe(wire), null);
    }
    List<?> list = (List<?>) wire;
    if (list instanceof NumberList && depth == shape.length - 1) {
      putAll((NumberList) list);
    } else {
      for (Object part : list) {
        fill(part, depth + 1);
      }
    }
  }

  private void putAll(NumberList numbers) {
    int size = numbers.size();
    if (dtype.isFloat()) {
      for (int i = 0; i < size; i++) {
        putDouble(numbers.doubleAt(i));
      }
    } else if (numbers instanceof NumberList.Longs) {
      NumberList.Longs longs = (NumberList.Longs) numbers;
      for (int i = 0; i < size; i++) {
        Primitives.set(data, filled++, longs.longAt(i));
      }
    } else {
      for (int i = 0; i < size; i++) {
        put(numbers.get(i));
      }
    }
  }

  private void put(@Nullable Object number) {
    if (number instanceof Boolean) {
      Primitives.set(data, filled++, (Boolean) number ? 1 : 0);
    } else if (dtype.isFloat()) {
      putDouble(toDouble(number));
    } else if (number instanceof Number && ((Number) number).doubleValue() % 1 == 0) {
      Primitives.set(data, filled++, ((Number) number).longValue());
    } else {
      throw new DecodeException(
          "Expected integers of " + dtype.numpyName() + ", got " + describe(number), null);
    }
  }

  private void putDouble(double value) {
    if (data instanceof float[]) {
      ((float[]) data)[filled++] = (float) value;
    } else {
      ((double[]) data)[filled++] = value;
    }
  }

  /** A number as a document has it; null is JSON's NaN. */
  public static double toDouble(@Nullable Object wire) {
    if (wire == null) {
      return Double.NaN;
    }
    if (wire instanceof Number) {
      return ((Number) wire).doubleValue();
    }
    throw new DecodeException("Expected a number, got " + describe(wire), null);
  }

  /** What a document's part is, for an error message. */
  public static String describe(@Nullable Object wire) {
    String text = String.valueOf(wire);
    return text.length() > 80 ? text.substring(0, 80) + "..." : text;
  }
}
