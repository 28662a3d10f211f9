package io.github.gymhttpapi.internal;

import io.github.gymhttpapi.DType;
import io.github.gymhttpapi.NDArray;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
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

  private static final int MAX_DEPTH = 200;

  private final Sink sink;
  private int depth;

  private ValueWriter(Sink sink) {
    this.sink = sink;
  }

  /**
   * Writes a value.
   *
   * @throws IllegalArgumentException when it is none that can be sent
   */
  static void write(@Nullable Object value, Sink sink) throws IOException {
    new ValueWriter(sink).write(value);
  }

  private void write(@Nullable Object value) throws IOException {
    if (value == null) {
      sink.nil();
    } else if (value instanceof Number) {
      writeNumber((Number) value);
    } else if (value instanceof Boolean) {
      sink.bool((Boolean) value);
    } else if (value instanceof CharSequence || value instanceof Character) {
      sink.text(text(value));
    } else if (value instanceof NDArray) {
      sink.array((NDArray) value);
    } else if (value instanceof Map) {
      writeMap((Map<?, ?>) value);
    } else if (value instanceof Collection) {
      writeList((Collection<?>) value);
    } else if (value instanceof Object[]) {
      writeList(Arrays.asList((Object[]) value));
    } else if (value.getClass().isArray()) {
      sink.array(wrap(value));
    } else {
      throw new IllegalArgumentException(
          "Cannot send a "
              + value.getClass().getName()
              + ": expected numbers, text, arrays, collections or maps");
    }
  }

  private static String text(Object value) {
    String text = String.valueOf(value);
    boolean plain = text.chars().noneMatch(c -> Character.isSurrogate((char) c));
    if (!plain && !StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new IllegalArgumentException("Cannot send text with half a surrogate pair: " + text);
    }
    return text;
  }

  private void writeNumber(Number value) throws IOException {
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

  private void writeMap(Map<?, ?> map) throws IOException {
    deeper();
    sink.startMap(map.size());
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      sink.key(text(entry.getKey()));
      write(entry.getValue());
    }
    sink.endMap();
    depth--;
  }

  private void writeList(Collection<?> list) throws IOException {
    deeper();
    sink.startList(list.size());
    for (Object part : list) {
      write(part);
    }
    sink.endList();
    depth--;
  }

  private void deeper() {
    if (++depth > MAX_DEPTH) {
      throw new IllegalArgumentException(
          "Cannot send what nests deeper than " + MAX_DEPTH + " levels; does it hold itself?");
    }
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
