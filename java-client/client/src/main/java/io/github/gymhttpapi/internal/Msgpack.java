package io.github.gymhttpapi.internal;

import io.github.gymhttpapi.DType;
import io.github.gymhttpapi.DecodeException;
import io.github.gymhttpapi.NDArray;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Documents as MessagePack, with arrays as {@code {"__ndarray__": true, "dtype", "shape", "data"}}.
 */
public final class Msgpack {
  static final String MARK = "__ndarray__";

  private Msgpack() {}

  /** Parses one document; integers become Long or BigInteger, floats Double, arrays NDArray. */
  public static @Nullable Object decode(byte[] bytes) {
    return new MsgpackReader(bytes).document();
  }

  /** Writes a document of plain values, see {@link ValueWriter}. */
  public static byte[] encode(@Nullable Object document) {
    MsgpackWriter writer = new MsgpackWriter();
    try {
      ValueWriter.write(document, writer);
    } catch (IOException error) {
      throw new UncheckedIOException(error); // never: it writes to memory
    }
    return writer.toByteArray();
  }

  /** The array that a marked map stands for. */
  static NDArray array(Map<String, @Nullable Object> map) {
    Object dtype = map.get("dtype");
    Object shape = map.get("shape");
    Object data = map.get("data");
    if (!(dtype instanceof String && shape instanceof List && data instanceof byte[])) {
      throw new DecodeException("An __ndarray__ map in the reply lacks dtype, shape or data", null);
    }
    int[] lengths = new int[((List<?>) shape).size()];
    for (int i = 0; i < lengths.length; i++) {
      Object length = ((List<?>) shape).get(i);
      if (!(length instanceof Long) || (Long) length != (int) (long) (Long) length) {
        throw new DecodeException("The shape of an __ndarray__ map is " + shape, null);
      }
      lengths[i] = (int) (long) (Long) length;
    }
    DType type = DType.of((String) dtype);
    try {
      return NDArray.of(type, ArrayBytes.parse(type, (byte[]) data), lengths);
    } catch (IllegalArgumentException error) {
      throw new DecodeException("In an __ndarray__ map of the reply: " + error.getMessage(), error);
    }
  }
}
