package io.github.gymhttpapi.internal;

import io.github.gymhttpapi.DType;
import java.lang.reflect.Array;

/** Primitive arrays by dtype: access, conversion and ranges, without boxing. */
public final class Primitives {
  private Primitives() {}

  public static Class<?> storage(DType dtype) {
    switch (dtype) {
      case BOOL:
      case INT8:
      case UINT8:
        return byte[].class;
      case INT16:
      case UINT16:
        return short[].class;
      case INT32:
      case UINT32:
        return int[].class;
      case INT64:
      case UINT64:
        return long[].class;
      case FLOAT16:
      case FLOAT32:
        return float[].class;
      default:
        return double[].class;
    }
  }

  public static int length(Object data) {
    return Array.getLength(data);
  }

  public static Object range(Object data, int from, int length) {
    Object out = Array.newInstance(data.getClass().getComponentType(), length);
    System.arraycopy(data, from, out, 0, length);
    return out;
  }

  public static double doubleAt(DType dtype, Object data, int index) {
    if (data instanceof double[]) {
      return ((double[]) data)[index];
    }
    if (data instanceof float[]) {
      return ((float[]) data)[index];
    }
    long value = longAt(dtype, data, index);
    if (dtype == DType.UINT64 && value < 0) {
      // Halved with the lost bit kept sticky, so that the rounding is that of the whole number.
      return ((value >>> 1) | (value & 1)) * 2.0;
    }
    return value;
  }

  public static long longAt(DType dtype, Object data, int index) {
    if (data instanceof byte[]) {
      byte value = ((byte[]) data)[index];
      return dtype.isUnsigned() ? Byte.toUnsignedLong(value) : value;
    }
    if (data instanceof short[]) {
      short value = ((short[]) data)[index];
      return dtype.isUnsigned() ? Short.toUnsignedLong(value) : value;
    }
    if (data instanceof int[]) {
      int value = ((int[]) data)[index];
      return dtype.isUnsigned() ? Integer.toUnsignedLong(value) : value;
    }
    if (data instanceof long[]) {
      return ((long[]) data)[index];
    }
    return (long) doubleAt(dtype, data, index);
  }

  public static double[] doubles(DType dtype, Object data) {
    if (data instanceof double[]) {
      return (double[]) data;
    }
    double[] out = new double[length(data)];
    for (int i = 0; i < out.length; i++) {
      out[i] = doubleAt(dtype, data, i);
    }
    return out;
  }

  public static float[] floats(DType dtype, Object data) {
    if (data instanceof float[]) {
      return (float[]) data;
    }
    float[] out = new float[length(data)];
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) doubleAt(dtype, data, i);
    }
    return out;
  }

  public static long[] longs(DType dtype, Object data) {
    if (data instanceof long[]) {
      return (long[]) data;
    }
    long[] out = new long[length(data)];
    for (int i = 0; i < out.length; i++) {
      out[i] = longAt(dtype, data, i);
    }
    return out;
  }

  public static int[] ints(DType dtype, Object data) {
    if (data instanceof int[]) {
      return (int[]) data;
    }
    int[] out = new int[length(data)];
    for (int i = 0; i < out.length; i++) {
      out[i] = (int) longAt(dtype, data, i);
    }
    return out;
  }

  /** Stores a number; integers are cut to the element's width, floats rounded to it. */
  static void set(DType dtype, Object data, int index, long value) {
    if (data instanceof byte[]) {
      ((byte[]) data)[index] = (byte) value;
    } else if (data instanceof short[]) {
      ((short[]) data)[index] = (short) value;
    } else if (data instanceof int[]) {
      ((int[]) data)[index] = (int) value;
    } else if (data instanceof long[]) {
      ((long[]) data)[index] = value;
    } else {
      set(dtype, data, index, (double) value);
    }
  }

  /** Stores a number, rounded to the element's precision; in integers its fraction is lost. */
  static void set(DType dtype, Object data, int index, double value) {
    if (data instanceof double[]) {
      ((double[]) data)[index] = value;
    } else if (dtype == DType.FLOAT16) {
      ((float[]) data)[index] = Float16.toFloat(Float16.fromFloat((float) value));
    } else if (data instanceof float[]) {
      ((float[]) data)[index] = (float) value;
    } else {
      set(dtype, data, index, (long) value);
    }
  }
}
