package io.github.gymhttpapi.space;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Maps with one value of each of several named spaces. */
public final class Dict extends Space {
  private final Map<String, Space> spaces;

  Dict(Description description) {
    Map<String, Space> parts = new LinkedHashMap<>();
    description
        .map("spaces")
        .forEach((key, part) -> parts.put(String.valueOf(key), Description.toSpace(part)));
    spaces = Collections.unmodifiableMap(parts);
  }

  /**
   * The spaces of the parts, in the environment's order.
   *
   * @return an unmodifiable map
   */
  public Map<String, Space> spaces() {
    return spaces;
  }

  @Override
  public Map<String, @Nullable Object> read(@Nullable Object wire) {
    return parts(wire, false);
  }

  @Override
  Object readBatch(@Nullable Object wire) {
    return parts(wire, true);
  }

  private Map<String, @Nullable Object> parts(@Nullable Object wire, boolean batch) {
    Map<?, ?> parts = map(wire, "an object with the keys " + spaces.keySet());
    if (!parts.keySet().equals(spaces.keySet())) {
      throw unexpected("an object with the keys " + spaces.keySet(), wire);
    }
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    spaces.forEach(
        (key, space) -> {
          Object part = parts.get(key);
          values.put(key, batch ? space.readBatch(part) : space.read(part));
        });
    return Collections.unmodifiableMap(values);
  }

  @Override
  public String toString() {
    return "Dict(" + spaces + ")";
  }
}
