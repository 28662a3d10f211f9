package io.github.gymhttpapi.internal;

import com.fasterxml.jackson.core.JsonGenerator;
import io.github.gymhttpapi.DType;
import io.github.gymhttpapi.NDArray;
import java.io.IOException;
import java.math.BigInteger;

/** Writes values as JSON: arrays as nested lists of exact numbers. */
final class JsonSink implements ValueWriter.Sink {
  private final JsonGenerator out;

  JsonSink(JsonGenerator out) {
    this.out = out;
  }

  @Override
  public void nil() throws IOException {
    out.writeNull();
  }

  @Override
  public void bool(boolean value) throws IOException {
    out.writeBoolean(value);
  }

  @Override
  public void integer(long value) throws IOException {
    out.writeNumber(value);
  }

  @Override
  public void integer(BigInteger value) throws IOException {
    out.writeNumber(value);
  }

  @Override
  public void number(double value) throws IOException {
    if (Double.isNaN(value)) {
      out.writeNull();
    } else if (Double.isInfinite(value)) {
      out.writeNumber(Math.copySign(Json.INFINITY, value));
    } else {
      out.writeNumber(value);
    }
  }

  @Override
  public void text(String value) throws IOException {
    out.writeString(value);
  }

  @Override
  public void array(NDArray value) throws IOException {
    nested(value, value.shape(), 0, 0);
  }

  /**
   * Writes the elements from `at` on that lie below the given depth; returns the position after
   * them.
   */
  private int nested(NDArray array, int[] shape, int depth, int at) throws IOException {
    if (depth == shape.length) {
      element(array, at);
      return at + 1;
    }
    int next = at;
    out.writeStartArray();
    for (int i = 0; i < shape[depth]; i++) {
      next = nested(array, shape, depth + 1, next);
    }
    out.writeEndArray();
    return next;
  }

  private void element(NDArray array, int at) throws IOException {
    if (array.dtype().isFloat()) {
      number(array.doubleAt(at));
    } else if (array.dtype() == DType.BOOL) {
      out.writeBoolean(array.longAt(at) != 0);
    } else if (array.dtype() == DType.UINT64 && array.longAt(at) < 0) {
      out.writeNumber(Long.toUnsignedString(array.longAt(at)));
    } else {
      out.writeNumber(array.longAt(at));
    }
  }

  @Override
  public void startList(int size) throws IOException {
    out.writeStartArray();
  }

  @Override
  public void endList() throws IOException {
    out.writeEndArray();
  }

  @Override
  public void startMap(int size) throws IOException {
    out.writeStartObject();
  }

  @Override
  public void key(String name) throws IOException {
    out.writeFieldName(name);
  }

  @Override
  public void endMap() throws IOException {
    out.writeEndObject();
  }
}
