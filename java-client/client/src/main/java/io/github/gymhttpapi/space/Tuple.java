package io.github.gymhttpapi.space;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lists with one value of each of several spaces. */
public final class Tuple extends Space {
  private final List<Space> spaces;

  Tuple(Description description) {
    spaces = description.spaces("spaces");
  }

  /**
   * The spaces of the parts.
   *
   * @return an unmodifiable list
   */
  public List<Space> spaces() {
    return spaces;
  }

  @Override
  public List<@Nullable Object> read(@Nullable Object wire) {
    return parts(wire, false);
  }

  @Override
  Object readBatch(@Nullable Object wire) {
    return parts(wire, true);
  }

  private List<@Nullable Object> parts(@Nullable Object wire, boolean batch) {
    List<?> parts = list(wire, "a list of " + spaces.size() + " values");
    if (parts.size() != spaces.size()) {
      throw unexpected("a list of " + spaces.size() + " values", wire);
    }
    List<@Nullable Object> values = new ArrayList<>(parts.size());
    for (int i = 0; i < parts.size(); i++) {
      Space space = spaces.get(i);
      values.add(batch ? space.readBatch(parts.get(i)) : space.read(parts.get(i)));
    }
    return Collections.unmodifiableList(values);
  }

  @Override
  public String toString() {
    return "Tuple(" + spaces + ")";
  }
}
