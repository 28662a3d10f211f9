package io.github.gymhttpapi.internal;

import io.github.gymhttpapi.DType;
import io.github.gymhttpapi.DecodeException;
import io.github.gymhttpapi.NDArray;
import java.lang.reflect.Array;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Nested lists of numbers, as JSON has them, into arrays. */
public final class NestedLists {
  private final DType dtype;
  private final int[] shape;
  private final Object data;
  private int filled;

  /** Whether a number was changed by the type, and what kinds of numbers there were. */
  private boolean inexact;

  private boolean fractions;
  private boolean beyondLong;

  private NestedLists(DType dtype, int[] shape) {
    this.dtype = dtype;
    this.shape = shape;
    int size = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    this.data = Array.newInstance(Primitives.storage(dtype).getComponentType(), size);
  }

  /**
   * Reads an array from what a document holds: nested lists, a bare number, or an array already.
   *
   * <p>No number is changed: where the type cannot hold them all, the array is one of int64, uint64
   * or float64, as an environment gives that does not keep to its space.
   *
   * @param wire the document's part
   * @param dtype the elements' type; an array that is one already keeps its own
   * @param emptyShape the shape of an array without elements, whose nested lists may not tell it
   * @throws DecodeException when it is not numbers in lists of equal lengths
   */
  public static NDArray array(@Nullable Object wire, DType dtype, int... emptyShape) {
    if (wire instanceof NDArray) {
      return (NDArray) wire;
    }
    NestedLists lists = filled(wire, dtype);
    if (lists.inexact && lists.wider() != dtype) {
      lists = filled(wire, lists.wider());
    }
    return lists.array(emptyShape);
  }

  /**
   * The same in the given type and no other, floats rounded to it.
   *
   * @throws DecodeException also when integers do not fit the type
   */
  public static NDArray rounded(@Nullable Object wire, DType dtype, int... emptyShape) {
    if (wire instanceof NDArray) {
      return (NDArray) wire;
    }
    NestedLists lists = filled(wire, dtype);
    if (lists.inexact && !dtype.isFloat()) {
      throw new DecodeException(
          "Expected integers of " + dtype.numpyName() + ", got " + describe(wire), null);
    }
    return lists.array(emptyShape);
  }

  private static NestedLists filled(@Nullable Object wire, DType dtype) {
    NestedLists lists = new NestedLists(dtype, shapeOf(wire));
    lists.fill(wire, 0);
    return lists;
  }

  private NDArray array(int[] emptyShape) {
    boolean empty = Primitives.length(data) == 0;
    return NDArray.of(dtype, data, empty ? emptyShape : shape);
  }

  private DType wider() {
    return fractions ? DType.FLOAT64 : beyondLong ? DType.UINT64 : DType.INT64;
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
    if (numbers instanceof NumberList.Longs) {
      NumberList.Longs longs = (NumberList.Longs) numbers;
      for (int i = 0; i < size; i++) {
        put(longs.longAt(i));
      }
    } else {
      for (int i = 0; i < size; i++) {
        put(numbers.doubleAt(i));
      }
    }
  }

  private void put(@Nullable Object number) {
    if (number instanceof Boolean) {
      put((Boolean) number ? 1L : 0L);
    } else if (number instanceof Long) {
      put((long) (Long) number);
    } else if (number instanceof BigInteger) {
      put((BigInteger) number);
    } else {
      put(toDouble(number));
    }
  }

  private void put(long value) {
    Primitives.set(dtype, data, filled, value);
    boolean outside = value < 0 && dtype.isUnsigned() || value > 1 && dtype == DType.BOOL;
    inexact |= outside || Primitives.longAt(dtype, data, filled) != value;
    filled++;
  }

  private void put(double value) {
    if (value == Math.rint(value) && Math.abs(value) < 0x1p63 && !dtype.isFloat()) {
      put((long) value);
      return;
    }
    Primitives.set(dtype, data, filled, value);
    inexact |= Double.compare(Primitives.doubleAt(dtype, data, filled), value) != 0;
    fractions = true;
    filled++;
  }

  private void put(BigInteger value) {
    if (dtype.isFloat()) {
      put(value.doubleValue());
      return;
    }
    if (value.signum() < 0 || value.bitLength() > 64) {
      throw new DecodeException("Expected integers of at most 64 bits, got " + value, null);
    }
    Primitives.set(dtype, data, filled++, value.longValue());
    inexact |= dtype != DType.UINT64;
    beyondLong = true;
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
