package io.github.gymhttpapi.internal;

import io.github.gymhttpapi.DType;
import io.github.gymhttpapi.DecodeException;
import io.github.gymhttpapi.NDArray;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessageFormat;
import org.msgpack.core.MessageInsufficientBufferException;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessagePackException;
import org.msgpack.core.MessageUnpacker;

/**
 * Documents as MessagePack, with arrays as {@code {"__ndarray__": true, "dtype", "shape", "data"}}.
 */
public final class Msgpack {
  static final String MARK = "__ndarray__";
  private static final int MAX_DEPTH = 200;

  private final MessageUnpacker in;
  private final int length;

  private Msgpack(MessageUnpacker in, int length) {
    this.in = in;
    this.length = length;
  }

  /** Parses one document; integers become Long or BigInteger, floats Double, arrays NDArray. */
  public static @Nullable Object decode(byte[] bytes) {
    try (MessageUnpacker unpacker = MessagePack.newDefaultUnpacker(bytes)) {
      Object value = new Msgpack(unpacker, bytes.length).value(0);
      if (unpacker.hasNext()) {
        throw new DecodeException("The reply has bytes after its MessagePack document", null);
      }
      return value;
    } catch (MessageInsufficientBufferException error) {
      throw new DecodeException("The reply is not valid MessagePack: it ends too early", error);
    } catch (IOException | MessagePackException | IllegalArgumentException error) {
      throw new DecodeException("The reply is not valid MessagePack: " + error.getMessage(), error);
    }
  }

  private @Nullable Object value(int depth) throws IOException {
    if (depth > MAX_DEPTH) {
      throw new DecodeException("The reply nests deeper than " + MAX_DEPTH + " levels", null);
    }
    MessageFormat format = in.getNextFormat();
    switch (format.getValueType()) {
      case NIL:
        in.unpackNil();
        return null;
      case BOOLEAN:
        return in.unpackBoolean();
      case INTEGER:
        return format == MessageFormat.UINT64 ? unsigned() : (Number) in.unpackLong();
      case FLOAT:
        return in.unpackDouble();
      case STRING:
        return in.unpackString();
      case BINARY:
        return binary();
      case ARRAY:
        return list(depth);
      case MAP:
        return map(depth);
      default:
        throw new DecodeException(
            "The reply has a MessagePack extension, which the API does not use", null);
    }
  }

  private Number unsigned() throws IOException {
    BigInteger value = in.unpackBigInteger();
    return value.bitLength() < 64 ? (Number) value.longValue() : value;
  }

  private byte[] binary() throws IOException {
    int size = in.unpackBinaryHeader();
    if (size > length) { // checked before the memory is asked for
      throw new MessageInsufficientBufferException();
    }
    return in.readPayload(size);
  }

  private List<@Nullable Object> list(int depth) throws IOException {
    int size = in.unpackArrayHeader();
    List<@Nullable Object> list = new ArrayList<>(Math.min(size, 1024));
    for (int i = 0; i < size; i++) {
      list.add(value(depth + 1));
    }
    return list;
  }

  private Object map(int depth) throws IOException {
    int size = in.unpackMapHeader();
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    for (int i = 0; i < size; i++) {
      map.put(in.unpackString(), value(depth + 1));
    }
    return Boolean.TRUE.equals(map.get(MARK)) ? array(map) : map;
  }

  private static NDArray array(Map<String, @Nullable Object> map) {
    Object dtype = map.get("dtype");
    Object shape = map.get("shape");
    Object data = map.get("data");
    if (!(dtype instanceof String && shape instanceof List && data instanceof byte[])) {
      throw new DecodeException("An __ndarray__ map in the reply lacks dtype, shape or data", null);
    }
    int[] lengths = new int[((List<?>) shape).size()];
    for (int i = 0; i < lengths.length; i++) {
      Object length = ((List<?>) shape).get(i);
      if (!(length instanceof Long)) {
        throw new DecodeException("The shape of an __ndarray__ map is " + shape, null);
      }
      lengths[i] = Math.toIntExact((Long) length);
    }
    DType type = DType.of((String) dtype);
    return NDArray.of(type, ArrayBytes.parse(type, (byte[]) data), lengths);
  }

  /** Writes a document of plain values, see {@link ValueWriter}. */
  public static byte[] encode(@Nullable Object document) {
    try (MessageBufferPacker packer = MessagePack.newDefaultBufferPacker()) {
      ValueWriter.write(document, new MsgpackSink(packer));
      return packer.toByteArray();
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }
}
