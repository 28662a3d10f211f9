package io.github.gymhttpapi.space;

import io.github.gymhttpapi.DType;
import io.github.gymhttpapi.DecodeException;
import io.github.gymhttpapi.NDArray;
import io.github.gymhttpapi.internal.NestedLists;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the server says of a space, read with a clear error for what is missing or wrong. */
final class Description {
  private final Map<?, ? extends @Nullable Object> description;

  Description(Map<?, ? extends @Nullable Object> description) {
    this.description = description;
  }

  boolean has(String key) {
    return description.get(key) != null;
  }

  private Object get(String key) {
    Object value = description.get(key);
    if (value == null) {
      throw new DecodeException(
          "A space lacks '" + key + "': " + NestedLists.describe(description), null);
    }
    return value;
  }

  String text(String key) {
    Object value = get(key);
    if (value instanceof String) {
      return (String) value;
    }
    throw Space.unexpected("text as the space's " + key, value);
  }

  long integer(String key) {
    return Space.integer(get(key), "an integer as the space's " + key);
  }

  boolean flag(String key) {
    return Boolean.TRUE.equals(description.get(key));
  }

  int[] shape(String key) {
    return NestedLists.array(get(key), DType.INT32, 0).ints();
  }

  NDArray array(String key, DType dtype) {
    return NestedLists.array(get(key), dtype, 0);
  }

  Space space(String key) {
    return toSpace(get(key));
  }

  List<Space> spaces(String key) {
    List<Space> spaces = new ArrayList<>();
    for (Object part : Space.list(get(key), "a list as the space's " + key)) {
      spaces.add(toSpace(part));
    }
    return List.copyOf(spaces);
  }

  Map<?, ?> map(String key) {
    return Space.map(get(key), "an object as the space's " + key);
  }

  static Space toSpace(@Nullable Object description) {
    Map<?, ?> map = Space.map(description, "the description of a space");
    Map<String, @Nullable Object> named = new LinkedHashMap<>();
    map.forEach((key, value) -> named.put(String.valueOf(key), value));
    return Space.of(named);
  }
}
