package io.github.gymhttpapi.internal;

import io.github.gymhttpapi.NDArray;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Values that can be sent as they are now, whatever becomes of the objects that hold them. */
public final class ValueCopier implements ValueWriter.Sink {
  /** Where the next value belongs: a list, or a map under its key. */
  private final Deque<Consumer<@Nullable Object>> places = new ArrayDeque<>();

  private final List<@Nullable Object> result = new ArrayList<>();
  private @Nullable String key;

  private ValueCopier() {
    places.push(result::add);
  }

  /**
   * Copies a value, deeply.
   *
   * @return lists, maps, arrays, numbers and text, unmodifiable
   * @throws IllegalArgumentException when it is none that can be sent
   */
  public static @Nullable Object copy(@Nullable Object value) {
    ValueCopier copier = new ValueCopier();
    try {
      ValueWriter.write(value, copier);
    } catch (IOException error) {
      throw new UncheckedIOException(error); // never: it writes to memory
    }
    return copier.result.get(0);
  }

  private void put(@Nullable Object value) {
    places.element().accept(value);
  }

  @Override
  public void nil() {
    put(null);
  }

  @Override
  public void bool(boolean value) {
    put(value);
  }

  @Override
  public void integer(long value) {
    put(value);
  }

  @Override
  public void integer(BigInteger value) {
    put(value);
  }

  @Override
  public void number(double value) {
    put(value);
  }

  @Override
  public void text(String value) {
    put(value);
  }

  @Override
  public void array(NDArray value) {
    Object data = Primitives.range(value.data(), 0, value.size());
    put(NDArray.of(value.dtype(), data, value.shape()));
  }

  @Override
  public void startList(int size) {
    List<@Nullable Object> list = new ArrayList<>(size);
    put(Collections.unmodifiableList(list));
    places.push(list::add);
  }

  @Override
  public void endList() {
    places.pop();
  }

  @Override
  public void startMap(int size) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    put(Collections.unmodifiableMap(map));
    places.push(value -> map.put(String.valueOf(key), value));
  }

  @Override
  public void key(String name) {
    key = name;
  }

  @Override
  public void endMap() {
    places.pop();
  }
}
