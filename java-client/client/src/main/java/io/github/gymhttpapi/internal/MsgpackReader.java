package io.github.gymhttpapi.internal;

import io.github.gymhttpapi.DecodeException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads one MessagePack document, by the format's specification but for its extension types. */
final class MsgpackReader {
  private static final int MAX_DEPTH = 200;

  private final byte[] in;
  private final ByteBuffer numbers; // big-endian, as MessagePack is
  private int at;

  MsgpackReader(byte[] in) {
    this.in = in;
    this.numbers = ByteBuffer.wrap(in);
  }

  /**
   * Reads the document.
   *
   * @throws DecodeException when the bytes are not exactly one
   */
  @Nullable Object document() {
    Object value = value(0);
    if (at < in.length) {
      throw new DecodeException("The reply has bytes after its MessagePack document", null);
    }
    return value;
  }

  private @Nullable Object value(int depth) {
    if (depth > MAX_DEPTH) {
      throw new DecodeException("The reply nests deeper than " + MAX_DEPTH + " levels", null);
    }
    int format = in[take(1)] & 0xff;
    if (format < 0x80 || format >= 0xe0) {
      return (long) (byte) format;
    }
    if (format < 0x90) {
      return map(format & 0x0f, depth);
    }
    if (format < 0xa0) {
      return list(format & 0x0f, depth);
    }
    if (format < 0xc0) {
      return text(format & 0x1f);
    }
    switch (format) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return binary(size(1 << format - 0xc4));
      case 0xca:
        return (double) numbers.getFloat(take(4));
      case 0xcb:
        return numbers.getDouble(take(8));
      case 0xcc:
      case 0xcd:
      case 0xce:
        return unsigned(1 << format - 0xcc);
      case 0xcf:
        return unsigned64();
      case 0xd0:
        return (long) in[take(1)];
      case 0xd1:
        return (long) numbers.getShort(take(2));
      case 0xd2:
        return (long) numbers.getInt(take(4));
      case 0xd3:
        return numbers.getLong(take(8));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return text(size(1 << format - 0xd9));
      case 0xdc:
      case 0xdd:
        return list(size(2 << format - 0xdc), depth);
      case 0xde:
      case 0xdf:
        return map(size(2 << format - 0xde), depth);
      default:
        throw new DecodeException(
            "The reply has a MessagePack extension, which the API does not use", null);
    }
  }

  /** Steps over the next bytes; returns the position of the first. */
  private int take(int count) {
    if (count > in.length - at) {
      throw new DecodeException("The reply is not valid MessagePack: it ends too early", null);
    }
    int first = at;
    at += count;
    return first;
  }

  private long unsigned(int bytes) {
    int first = take(bytes);
    switch (bytes) {
      case 1:
        return in[first] & 0xffL;
      case 2:
        return numbers.getShort(first) & 0xffffL;
      default:
        return numbers.getInt(first) & 0xffffffffL;
    }
  }

  private Number unsigned64() {
    long value = numbers.getLong(take(8));
    return value >= 0 ? (Number) value : new BigInteger(Long.toUnsignedString(value));
  }

  /** A length, which cannot be more than the bytes that follow: no memory is asked for in vain. */
  private int size(int bytes) {
    long size = unsigned(bytes);
    if (size > in.length - at) {
      throw new DecodeException("The reply is not valid MessagePack: it ends too early", null);
    }
    return (int) size;
  }

  private byte[] binary(int size) {
    int first = take(size);
    return Arrays.copyOfRange(in, first, first + size);
  }

  private String text(int size) {
    int first = take(size);
    String text = new String(in, first, size, StandardCharsets.UTF_8);
    if (text.indexOf('\ufffd') >= 0) { // what malformed bytes become, and a character too
      try {
        StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(in, first, size));
      } catch (CharacterCodingException error) {
        throw new DecodeException("The reply has text that is not UTF-8", error);
      }
    }
    return text;
  }

  private List<@Nullable Object> list(int size, int depth) {
    List<@Nullable Object> list = new ArrayList<>(Math.min(size, 1024));
    for (int i = 0; i < size; i++) {
      list.add(value(depth + 1));
    }
    return list;
  }

  private Object map(int size, int depth) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    for (int i = 0; i < size; i++) {
      Object key = value(depth + 1);
      if (!(key instanceof String)) {
        throw new DecodeException("The reply has a map whose key is " + key, null);
      }
      map.put((String) key, value(depth + 1));
    }
    return Boolean.TRUE.equals(map.get(Msgpack.MARK)) ? Msgpack.array(map) : map;
  }
}
