package io.github.gymhttpapi.internal;

import io.github.gymhttpapi.NDArray;
import java.io.IOException;
import java.math.BigInteger;
import org.msgpack.core.MessagePacker;

/** Writes values as MessagePack: arrays as {@code __ndarray__} maps. */
final class MsgpackSink implements ValueWriter.Sink {
  private final MessagePacker out;

  MsgpackSink(MessagePacker out) {
    this.out = out;
  }

  @Override
  public void nil() throws IOException {
    out.packNil();
  }

  @Override
  public void bool(boolean value) throws IOException {
    out.packBoolean(value);
  }

  @Override
  public void integer(long value) throws IOException {
    out.packLong(value);
  }

  @Override
  public void integer(BigInteger value) throws IOException {
    if (value.bitLength() > (value.signum() < 0 ? 63 : 64)) {
      throw new IllegalArgumentException(
          "MessagePack has integers of 64 bits, " + value + " needs more");
    }
    out.packBigInteger(value);
  }

  @Override
  public void number(double value) throws IOException {
    out.packDouble(value);
  }

  @Override
  public void text(String value) throws IOException {
    out.packString(value);
  }

  @Override
  public void array(NDArray value) throws IOException {
    out.packMapHeader(4);
    out.packString(Msgpack.MARK).packBoolean(true);
    out.packString("dtype").packString(value.dtype().wireName());
    int[] shape = value.shape();
    out.packString("shape").packArrayHeader(shape.length);
    for (int length : shape) {
      out.packInt(length);
    }
    byte[] data = ArrayBytes.of(value);
    out.packString("data").packBinaryHeader(data.length).writePayload(data);
  }

  @Override
  public void startList(int size) throws IOException {
    out.packArrayHeader(size);
  }

  @Override
  public void endList() {
    // MessagePack says the length first.
  }

  @Override
  public void startMap(int size) throws IOException {
    out.packMapHeader(size);
  }

  @Override
  public void key(String name) throws IOException {
    out.packString(name);
  }

  @Override
  public void endMap() {
    // MessagePack says the length first.
  }
}
