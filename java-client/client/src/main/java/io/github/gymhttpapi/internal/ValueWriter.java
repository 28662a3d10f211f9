package io.github.gymhttpapi.internal;

import io.github.gymhttpapi.DType;
import io.github.gymhttpapi.NDArray;
import java.io.IOException;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a user may send: null, booleans, numbers, text, {@link NDArray}, primitive arrays (a {@code
 * byte[]} is uint8), and collections, object arrays and maps of these.
 */
final class ValueWriter {

  /** One encoding's way of writing each kind of value. */
  interface Sink {
    void nil() throws IOException;

    void bool(boolean value) throws IOException;

    void integer(long value) throws IOException;

    void integer(BigInteger value) throws IOException;

    void number(double value) throws IOException;

    void text(String value) throws IOException;

    void array(NDArray value) throws IOException;

    void startList(int size) throws IOException;

    void endList() throws IOException;

    void startMap(int size) throws IOException;

    void key(String name) throws IOException;

    void endMap() throws IOException;
  }

  private ValueWriter() {}

  static void write(@Nullable Object value, Sink sink) throws IOException {
    if (value == null) {
      sink.nil();
    } else if (value instanceof Number) {
      writeNumber((Number) value, sink);
    } else if (value instanceof Boolean) {
      sink.bool((Boolean) value);
    } else if (value instanceof CharSequence || value instanceof Character) {
      sink.text(value.toString());
    } else if (value instanceof NDArray) {
      sink.array((NDArray) value);
    } else if (value instanceof Map) {
      writeMap((Map<?, ?>) value, sink);
    } else if (value instanceof Collection) {
      writeList((Collection<?>) value, sink);
    } else if (value instanceof Object[]) {
      writeList(Arrays.asList((Object[]) value), sink);
    } else if (value.getClass().isArray()) {
      sink.array(wrap(value));
    } else {
      throw new IllegalArgumentException(
          "Cannot send a "
              + value.getClass().getName()
              + ": expected numbers, text, arrays, collections or maps");
    }
  }

  private static void writeNumber(Number value, Sink sink) throws IOException {
    if (value instanceof Double || value instanceof Float) {
      sink.number(value.doubleValue());
    } else if (value instanceof BigInteger) {
      sink.integer((BigInteger) value);
    } else if (value instanceof Long
        || value instanceof Integer
        || value instanceof Short
        || value instanceof Byte) {
      sink.integer(value.longValue());
    } else {
      throw new IllegalArgumentException(
          "Cannot send a " + value.getClass().getName() + ": send a double or a long");
    }
  }

  private static void writeMap(Map<?, ?> map, Sink sink) throws IOException {
    sink.startMap(map.size());
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      sink.key(String.valueOf(entry.getKey()));
      write(entry.getValue(), sink);
    }
    sink.endMap();
  }

  private static void writeList(Collection<?> list, Sink sink) throws IOException {
    sink.startList(list.size());
    for (Object part : list) {
      write(part, sink);
    }
    sink.endList();
  }

  private static NDArray wrap(Object primitives) {
    if (primitives instanceof boolean[]) {
      boolean[] flags = (boolean[]) primitives;
      byte[] bytes = new byte[flags.length];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) (flags[i] ? 1 : 0);
      }
      return NDArray.of(DType.BOOL, bytes, bytes.length);
    }
    int length = Primitives.length(primitives);
    for (DType dtype :
        new DType[] {
          DType.UINT8, DType.INT16, DType.INT32, DType.INT64, DType.FLOAT32, DType.FLOAT64
        }) {
      if (Primitives.storage(dtype) == primitives.getClass()) {
        return NDArray.of(dtype, primitives, length);
      }
    }
    throw new IllegalArgumentException("Cannot send a char[]: send a String");
  }
}
