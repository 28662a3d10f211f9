package io.github.gymhttpapi.internal;

import io.github.gymhttpapi.DType;
import io.github.gymhttpapi.DecodeException;
import io.github.gymhttpapi.NDArray;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The elements of arrays as bytes: little-endian, C order. */
final class ArrayBytes {
  private ArrayBytes() {}

  /** The primitive array that `bytes` stand for. */
  static Object parse(DType dtype, byte[] bytes) {
    if (bytes.length % dtype.bytes() != 0) {
      throw new DecodeException(
          bytes.length + " bytes are no whole number of " + dtype.numpyName(), null);
    }
    int size = bytes.length / dtype.bytes();
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (dtype == DType.FLOAT16) {
      float[] halves = new float[size];
      for (int i = 0; i < size; i++) {
        halves[i] = Float16.toFloat(in.getShort());
      }
      return halves;
    }
    switch (dtype.bytes()) {
      case 1:
        return bytes;
      case 2:
        short[] shorts = new short[size];
        in.asShortBuffer().get(shorts);
        return shorts;
      case 4:
        return dtype.isFloat() ? floats(in, size) : ints(in, size);
      default:
        return dtype.isFloat() ? doubles(in, size) : longs(in, size);
    }
  }

  private static Object floats(ByteBuffer in, int size) {
    float[] out = new float[size];
    in.asFloatBuffer().get(out);
    return out;
  }

  private static Object ints(ByteBuffer in, int size) {
    int[] out = new int[size];
    in.asIntBuffer().get(out);
    return out;
  }

  private static Object doubles(ByteBuffer in, int size) {
    double[] out = new double[size];
    in.asDoubleBuffer().get(out);
    return out;
  }

  private static Object longs(ByteBuffer in, int size) {
    long[] out = new long[size];
    in.asLongBuffer().get(out);
    return out;
  }

  /** The elements' bytes. */
  static byte[] of(NDArray array) {
    Object data = array.data();
    if (data instanceof byte[]) {
      return (byte[]) data;
    }
    byte[] bytes = new byte[Math.multiplyExact(array.size(), array.dtype().bytes())];
    ByteBuffer out = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (array.dtype() == DType.FLOAT16) {
      for (float half : (float[]) data) {
        out.putShort(Float16.fromFloat(half));
      }
    } else if (data instanceof short[]) {
      out.asShortBuffer().put((short[]) data);
    } else if (data instanceof int[]) {
      out.asIntBuffer().put((int[]) data);
    } else if (data instanceof long[]) {
      out.asLongBuffer().put((long[]) data);
    } else if (data instanceof float[]) {
      out.asFloatBuffer().put((float[]) data);
    } else {
      out.asDoubleBuffer().put((double[]) data);
    }
    return bytes;
  }
}
