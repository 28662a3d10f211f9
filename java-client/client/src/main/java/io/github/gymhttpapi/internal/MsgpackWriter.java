package io.github.gymhttpapi.internal;

import io.github.gymhttpapi.NDArray;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes values as MessagePack, each in its shortest form: arrays as {@code __ndarray__} maps. */
final class MsgpackWriter implements ValueWriter.Sink {
  private ByteBuffer out = ByteBuffer.allocate(256); // big-endian, as MessagePack is

  byte[] toByteArray() {
    return Arrays.copyOf(out.array(), out.position());
  }

  /** The buffer with room for that many bytes more. */
  private ByteBuffer room(int bytes) {
    if (bytes > out.remaining()) {
      long needed = Math.max((long) out.position() + bytes, 2L * out.capacity());
      int capacity = (int) Math.min(needed, Integer.MAX_VALUE - 8); // an array can hold no more
      out = ByteBuffer.wrap(Arrays.copyOf(out.array(), capacity)).position(out.position());
    }
    return out;
  }

  @Override
  public void nil() {
    room(1).put((byte) 0xc0);
  }

  @Override
  public void bool(boolean value) {
    room(1).put((byte) (value ? 0xc3 : 0xc2));
  }

  @Override
  public void integer(long value) {
    if (value >= -32 && value < 128) {
      room(1).put((byte) value);
    } else if (value >= 0) {
      unsigned(0xcc, value);
    } else if (value >= Byte.MIN_VALUE) {
      room(2).put((byte) 0xd0).put((byte) value);
    } else if (value >= Short.MIN_VALUE) {
      room(3).put((byte) 0xd1).putShort((short) value);
    } else if (value >= Integer.MIN_VALUE) {
      room(5).put((byte) 0xd2).putInt((int) value);
    } else {
      room(9).put((byte) 0xd3).putLong(value);
    }
  }

  /** A number in 1, 2, 4 or 8 bytes, whose format bytes follow one another from `first` on. */
  private void unsigned(int first, long value) {
    if (value <= 0xff) {
      room(2).put((byte) first).put((byte) value);
    } else {
      unsignedFrom16Bits(first + 1, value);
    }
  }

  private void unsignedFrom16Bits(int first, long value) {
    if (value <= 0xffff) {
      room(3).put((byte) first).putShort((short) value);
    } else if (value <= 0xffffffffL) {
      room(5).put((byte) (first + 1)).putInt((int) value);
    } else {
      room(9).put((byte) (first + 2)).putLong(value);
    }
  }

  @Override
  public void integer(BigInteger value) {
    int bits = value.bitLength();
    if (bits < 64) {
      integer(value.longValue());
    } else if (bits == 64 && value.signum() > 0) {
      room(9).put((byte) 0xcf).putLong(value.longValue());
    } else {
      throw new IllegalArgumentException(
          "MessagePack has integers of 64 bits, " + value + " needs more");
    }
  }

  @Override
  public void number(double value) {
    room(9).put((byte) 0xcb).putDouble(value);
  }

  @Override
  public void text(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    if (utf8.length < 32) {
      room(1).put((byte) (0xa0 | utf8.length));
    } else {
      unsigned(0xd9, utf8.length);
    }
    room(utf8.length).put(utf8);
  }

  @Override
  public void array(NDArray value) {
    startMap(4);
    text(Msgpack.MARK);
    bool(true);
    text("dtype");
    text(value.dtype().wireName());
    text("shape");
    int[] shape = value.shape();
    startList(shape.length);
    for (int length : shape) {
      integer(length);
    }
    text("data");
    byte[] data = ArrayBytes.of(value);
    unsigned(0xc4, data.length);
    room(data.length).put(data);
  }

  @Override
  public void startList(int size) {
    header(0x90, 0xdc, size);
  }

  @Override
  public void endList() {
    // MessagePack says the length first.
  }

  @Override
  public void startMap(int size) {
    header(0x80, 0xde, size);
  }

  private void header(int small, int large, int size) {
    if (size < 16) {
      room(1).put((byte) (small | size));
    } else {
      unsignedFrom16Bits(large, size);
    }
  }

  @Override
  public void key(String name) {
    text(name);
  }

  @Override
  public void endMap() {
    // MessagePack says the length first.
  }
}
